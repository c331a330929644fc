"""Several captions of one clip, in a data folder and in what is dumped from it.

``text`` has the first caption of every clip. ``utt2captions``, if any clip has several,
has all captions of these clips, separated by tabs. Encoded captions are in
``<stream>.scp`` (the first of each clip, by its id) and ``further/<stream>.scp`` (the
others, under ``<id>:2``, ``<id>:3`` and so on). Sounds, LOA and latents exist once.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from espnet2.gen_audio.files.keyed_text import read_keyed

NAME = "utt2captions"
FURTHER = "further"
_BETWEEN = "\t"  # no caption has one: tables make white space one space


def join_captions(captions: Iterable[str]) -> str:
    """Return the line of a clip in ``utt2captions``.

    Args:
        captions: All captions of the clip, the first one first.

    Returns:
        The line without the id.
    """
    return _BETWEEN.join(captions)


def split_captions(line: str) -> list[str]:
    """Return the captions of a line of ``utt2captions``.

    Args:
        line: The line without the id.

    Returns:
        All captions of the clip.
    """
    return line.split(_BETWEEN)


def further_captions(
    data_dir: str | Path, ids: Iterable[str] | None = None
) -> dict[str, str]:
    """Read the captions of a data folder that are not in ``text``.

    Args:
        data_dir: Data folder.
        ids: Clips whose captions are wanted; all if None.

    Returns:
        Captions under ``<id>:2``, ``<id>:3`` and so on; empty without ``utt2captions``.
    """
    path = Path(data_dir) / NAME
    lines = read_keyed(path) if path.is_file() else {}
    if ids is not None:
        lines = {key: lines[key] for key in ids if key in lines}
    return {
        f"{key}:{number}": caption
        for key, line in lines.items()
        for number, caption in enumerate(split_captions(line)[1:], 2)
    }


def counts_of(further: Iterable[str]) -> Mapping[str, int]:
    """Count the captions of the clips that have several.

    Args:
        further: Names such as ``<id>:2``.

    Returns:
        Number of captions, the first included, by the id of the clip.
    """
    counts: dict[str, int] = {}
    for name in further:
        key = name.rpartition(":")[0]
        counts[key] = counts.get(key, 1) + 1
    return counts
