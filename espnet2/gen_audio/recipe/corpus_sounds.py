"""Where the sounds of a published corpus lie on this disk."""

import os
from collections.abc import Callable
from pathlib import Path

Finder = Callable[[tuple[str, ...]], Path | None]
_SOUNDS = frozenset(
    ".wav .flac .ogg .opus .mp3 .aiff .aif .m4a .mp4 .aac .webm .mkv".split()
)


def by_path(folder: Path) -> Finder:
    """Return what finds sounds at paths that the corpus states.

    Args:
        folder: Folder of the paths.

    Returns:
        A function from paths to the first that exists.
    """

    def find(names: tuple[str, ...]) -> Path | None:
        """Return the first of the paths at which a file lies."""
        return next(
            (folder / name for name in names if (folder / name).is_file()), None
        )

    return find


def by_name(folder: Path) -> Finder:
    """Return what finds sounds by their names, in whatever sub-folder and format.

    Args:
        folder: Folder of the sounds.

    Returns:
        A function from names without endings to the first that exists.

    Raises:
        FileNotFoundError: If there is no such folder.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder} of sounds")
    places: dict[str, str] = {}
    for place, folders, files in os.walk(folder, followlinks=True):
        folders.sort()  # if two files have one name, all systems choose the same file
        for file in sorted(files):
            stem, ending = os.path.splitext(file)
            if ending.lower() in _SOUNDS:
                places.setdefault(stem, os.path.join(place, file))

    def find(names: tuple[str, ...]) -> Path | None:
        """Return the file of the first of the names that has one."""
        return next((Path(places[name]) for name in names if name in places), None)

    return find


def youtube_names(video: str, start: float, end: float) -> tuple[str, ...]:
    """Return the names that tools give to a cut of a video.

    Args:
        video: Id of the video.
        start: Where the cut begins, in seconds.
        end: Where it ends.

    Returns:
        Names without endings, those with a time first.

    Raises:
        ValueError: If the end is not behind the start.
    """
    if start >= end:
        raise ValueError(f"it begins at {start:g} s and ends at {end:g} s")
    first, last = int(start), int(end)
    times = (f"{first}", f"{first:06d}", f"{first}_{last}")
    times += (f"{first * 1000}_{last * 1000}", f"{start:.3f}_{end:.3f}")
    timed = [f"{lead}{video}_{time}" for time in times for lead in ("", "Y")]
    return (*timed, f"[{video}]-[{first}-{last}]", f"Y{video}", video)
