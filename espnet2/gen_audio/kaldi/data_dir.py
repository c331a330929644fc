"""Data folders in Kaldi's form: files with one line per utterance.

A folder has ``wav.scp``, ``text``, ``utt2spk``, ``spk2utt`` and, if known,
``utt2num_samples``, ``utt2label`` (class of sound), ``transcript``, ``utt2recording``
(the recording of each clip), ``utt2captions`` (see ``several_captions.py``),
``utt2weight`` (how often training visits a clip) and ``segments``. With ``segments``,
the ids of ``wav.scp`` are recordings; without, utterances. An id alone in ``text`` is a
clip without a caption. Lines are ``<id> <value>``, sorted as in the C locale, which
ESPnet's streaming reader needs.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.files.keyed_text import read_keyed

# ``fixed`` removes an utterance without a line in one of these files.
REQUIRED = ("text", "utt2spk", "utt2num_samples")
# These files may have lines for some utterances only.
PARTIAL = ("utt2label", "transcript", "utt2recording", "utt2captions", "utt2weight")
_AUDIO = "wav.scp"
_SEGMENTS = "segments"
_DERIVED = "spk2utt"


@dataclass(frozen=True)
class DataFolder:
    """The files of a data folder, in memory.

    Args:
        files: For each file name, the values by id; without ``spk2utt``, which is
            computed from ``utt2spk``.
    """

    files: Mapping[str, Mapping[str, str]]

    @property
    def utterances(self) -> list[str]:
        """Ids of all utterances, sorted."""
        return sort_ids(self.files.get(_SEGMENTS, self.files.get(_AUDIO, {})))

    def column(self, name: str) -> Mapping[str, str]:
        """Return the values of one file by id; empty if the folder lacks the file.

        Args:
            name: File name.

        Returns:
            Values by id.
        """
        return self.files.get(name, {})

    def keep(self, ids: Collection[str]) -> "DataFolder":
        """Return the folder with these utterances only.

        Args:
            ids: Utterances to keep; ids that the folder lacks are ignored.

        Returns:
            The smaller folder, without recordings that no segment uses.
        """
        ids = set(ids)
        files = {
            name: {key: value for key, value in rows.items() if key in ids}
            for name, rows in self.files.items()
        }
        if _SEGMENTS in files:
            used = {_recording_of(row) for row in files[_SEGMENTS].values()}
            recordings = self.files[_AUDIO]
            files[_AUDIO] = {k: v for k, v in recordings.items() if k in used}
        return DataFolder(files)

    def fixed(self) -> "DataFolder":
        """Return the folder with the utterances that are in every required file."""
        ids = set(self.utterances)
        if _SEGMENTS in self.files:
            recordings = self.files.get(_AUDIO, {})
            segments = self.files[_SEGMENTS]
            ids = {key for key in ids if _recording_of(segments[key]) in recordings}
        for name in REQUIRED:
            if name in self.files:
                ids &= set(self.files[name])
        return self.keep(ids)


def _recording_of(segment: str) -> str:
    """Return the recording that a line of ``segments`` names; empty if it is bare."""
    return next(iter(segment.split()), "")


def sort_ids(ids: Iterable[str]) -> list[str]:
    """Sort by bytes, as in the C locale.

    Args:
        ids: Any ids.

    Returns:
        The ids in order.
    """
    return sorted(ids, key=lambda name: name.encode("utf-8"))


def read_scp(path: str | Path) -> dict[str, str]:
    """Read a file of ``<id> <value>`` lines, see ``files/keyed_text.py``.

    Args:
        path: File in UTF-8; a value may contain spaces or be empty.

    Returns:
        Values by id, in the order of the file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If an id occurs twice or cannot be a file name, a line starts with a
            space, or the file is not UTF-8.
    """
    return read_keyed(path)


def write_scp(path: str | Path, rows: Mapping[str, str]) -> None:
    """Write ``<id> <value>`` lines, sorted; the file is complete or absent.

    Args:
        path: File to write.
        rows: Values by id.
    """
    lines = (f"{key} {rows[key]}".rstrip() + "\n" for key in sort_ids(rows))
    write_text(path, "".join(lines))


def read_data_dir(path: str | Path, extra: Iterable[str] = ()) -> DataFolder:
    """Read the existing files of a data folder.

    Args:
        path: Data folder.
        extra: Further file names with one line per utterance.

    Returns:
        The folder; ``wav.scp`` is always among its files.

    Raises:
        FileNotFoundError: If there is no ``wav.scp``.
    """
    path = Path(path)
    if not (path / _AUDIO).is_file():
        raise FileNotFoundError(f"{path} is no data folder: it has no {_AUDIO}")
    names = (_AUDIO, _SEGMENTS, *REQUIRED, *PARTIAL, *extra)
    present = [name for name in names if (path / name).is_file()]
    return DataFolder({name: read_scp(path / name) for name in present})


def write_data_dir(folder: DataFolder, path: str | Path) -> None:
    """Write a data folder including ``spk2utt``; ``wav.scp`` is written last.

    A reader that waits for ``wav.scp`` therefore never finds an incomplete folder.
    Files of an older folder that the new folder lacks are removed.

    Args:
        folder: Folder to write.
        path: Path of the data folder; created if missing.
    """
    path = Path(path)
    path.mkdir(parents=True, exist_ok=True)
    for name in (_SEGMENTS, _DERIVED, *REQUIRED, *PARTIAL):
        if name not in folder.files:
            (path / name).unlink(missing_ok=True)
    for name, rows in folder.files.items():
        if name != _AUDIO:
            write_scp(path / name, rows)
    if "utt2spk" in folder.files:
        write_scp(path / _DERIVED, invert(folder.files["utt2spk"]))
    write_scp(path / _AUDIO, folder.files[_AUDIO])


def invert(rows: Mapping[str, str]) -> dict[str, str]:
    """Convert ``utt2spk`` to ``spk2utt``.

    Args:
        rows: One value per id.

    Returns:
        For each value, its ids, sorted and joined by spaces.
    """
    groups: dict[str, list[str]] = {}
    for key in sort_ids(rows):
        groups.setdefault(rows[key], []).append(key)
    return {value: " ".join(keys) for value, keys in groups.items()}


def spread(rows: Mapping[str, str]) -> dict[str, str]:
    """Convert ``spk2utt`` to ``utt2spk``.

    Args:
        rows: For each speaker, the ids of its utterances, joined by spaces.

    Returns:
        The speaker of each utterance.
    """
    return {key: value for value, keys in rows.items() for key in keys.split()}


def keep_listed(folder: DataFolder, path: str | Path) -> DataFolder:
    """Return the utterances of a list; a warning counts ids that the folder lacks.

    Args:
        folder: Data folder.
        path: File with an id at the start of each line.

    Returns:
        The smaller folder.

    Raises:
        ValueError: If the folder has none of the ids.
    """
    wanted = read_scp(path)
    foreign = sort_ids(wanted.keys() - set(folder.utterances))
    if len(foreign) == len(wanted):
        raise ValueError(f"{path} has no id of the data folder; give a list of its ids")
    if foreign:
        logging.warning(
            "%s: %d of %d ids are not in the data folder, first %s; they are left out",
            *(path, len(foreign), len(wanted), foreign[0]),
        )
    return folder.keep(wanted)


def combine(folders: Iterable[DataFolder]) -> DataFolder:
    """Join folders of different utterances.

    Args:
        folders: Data folders; a file that only some of them have has lines for these
            only.

    Returns:
        The joined folder.

    Raises:
        ValueError: If two folders have different values for an id, or only some
            non-empty folders have segments.
    """
    folders = list(folders)
    filled = [folder for folder in folders if folder.utterances]
    segmented = [folder for folder in filled if _SEGMENTS in folder.files]
    if len(segmented) not in (0, len(filled)):
        raise ValueError(
            f"only some of the folders have segments, {len(segmented)} of "
            f"{len(filled)}; format the audio first"
        )
    joined: dict[str, dict[str, str]] = {_AUDIO: {}}
    for folder in filled or folders:
        for name, rows in folder.files.items():
            _refuse_conflicts(name, joined.setdefault(name, {}), folder)
            joined[name].update(rows)
    return DataFolder(joined)


def _refuse_conflicts(name: str, joined: Mapping[str, str], folder: DataFolder) -> None:
    """Refuse ids that one file of a folder shares with the folders joined so far.

    Several folders may have segments of one recording, so the id of a recording may be
    in each of them, with one sound file.
    """
    recordings = name == _AUDIO and _SEGMENTS in folder.files
    for key, value in folder.files[name].items():
        if key in joined and not recordings:
            raise ValueError(f"{name}: id {key} is in two of the folders")
        if joined.get(key, value) != value:
            raise ValueError(f"recording {key} is two different files")
