"""The clips of a data folder, with caption, class and recording of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from espnet2.gen_audio.kaldi.data_dir import read_scp
from espnet2.gen_audio.metrics.functional.estimate import group_rows


@dataclass(frozen=True)
class SoundSet:
    """Tables of a data folder; ids in the order of wav.scp.

    Args:
        folder: The data folder.
        wavs: Sound file of each clip.
        captions: Caption of each clip; may be empty.
        classes: Class of each labelled clip; may be empty or have some of the ids only.
        recordings: Recording that each clip was made from; the id of the clip if the
            folder does not state one.
    """

    folder: Path
    wavs: Mapping[str, Path]
    captions: Mapping[str, str]
    classes: Mapping[str, str]
    recordings: Mapping[str, str]

    @property
    def ids(self) -> list[str]:
        """Ids of all clips."""
        return list(self.wavs)

    def one_a_recording(self, ids: Iterable[str] | None = None) -> list[str]:
        """Return one id per recording: the id equal to its name, else its first id.

        Args:
            ids: Ids to choose from; all if None.

        Returns:
            Ids in the order of their recordings' first clips.
        """
        chosen: dict[str, str] = {}
        for clip in self.ids if ids is None else ids:
            recording = self.recordings[clip]
            if recording not in chosen or clip == recording:
                chosen[recording] = clip
        return list(chosen.values())

    def some_of_each(self, copies: int) -> list[str]:
        """Return at most ``copies`` clips of each recording, spread over its clips.

        Neighbouring clips are often one sound with several captions; augmented copies
        of the recording follow them.

        Args:
            copies: Number of clips of one recording.

        Returns:
            Ids in the folder's order.

        Raises:
            ValueError: If ``copies`` is below one.
        """
        if copies < 1:
            raise ValueError(f"copies {copies} must be 1 or more")
        chosen: set[str] = set()
        for rows in group_rows([self.recordings[clip] for clip in self.ids]).values():
            positions = np.linspace(0, len(rows) - 1, min(copies, len(rows)))
            chosen.update(self.ids[row] for row in rows[positions.round().astype(int)])
        return [clip for clip in self.ids if clip in chosen]


def read_sound_set(folder: Path) -> SoundSet:
    """Read wav.scp, text, utt2label and utt2recording of a data folder.

    Args:
        folder: Data folder; all tables but wav.scp may be missing or partial.

    Returns:
        Its tables.

    Raises:
        ValueError: If a table names an id that wav.scp does not have.
    """
    wavs = read_wavs(folder / "wav.scp")
    tables = {}
    for name in ("text", "utt2label", "utt2recording"):
        path = folder / name
        tables[name] = read_scp(path) if path.exists() else {}
        unknown = [clip for clip in tables[name] if clip not in wavs]
        if unknown:
            raise ValueError(
                f"{path} names {unknown[0]}, which wav.scp does not have; remove it"
            )
    recordings = {clip: tables["utt2recording"].get(clip, clip) for clip in wavs}
    return SoundSet(folder, wavs, tables["text"], tables["utt2label"], recordings)


def read_wavs(path: Path) -> dict[str, Path]:
    """Read a wav.scp.

    Args:
        path: File with ``<id> <path>`` lines.

    Returns:
        Sound file of each clip, in the order of the file.

    Raises:
        ValueError: If it is empty or an id has no path.
    """
    wavs = {clip: Path(wav) for clip, wav in read_scp(path).items() if wav}
    if not wavs:
        raise ValueError(
            f"{path} names no sound file; run again the stage that writes it"
        )
    return wavs


def require_same_ids(
    expected: Iterable[str], found: Iterable[str], expected_in: str, found_in: str
) -> None:
    """Refuse two tables that do not hold the same ids.

    Args:
        expected: Ids of the first table.
        found: Ids of the second table.
        expected_in: Name of the first table for the message.
        found_in: Name of the second table.

    Raises:
        ValueError: If an id is missing on either side; the message names some.
    """
    expected, found = set(expected), set(found)
    missing, extra = sorted(expected - found), sorted(found - expected)
    if missing or extra:
        parts = []
        if missing:
            parts.append(f"{found_in} lacks {_some(missing)} of {expected_in}")
        if extra:
            parts.append(f"{expected_in} lacks {_some(extra)} of {found_in}")
        raise ValueError("; ".join(parts) + "; both must hold the same ids")


def _some(ids: list[str]) -> str:
    shown = ", ".join(ids[:3])
    return shown if len(ids) <= 3 else f"{shown} and {len(ids) - 3} more"
