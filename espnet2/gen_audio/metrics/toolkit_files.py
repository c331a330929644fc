"""Scores in the files that ESPnet's own evaluation scripts write and read."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from espnet2.gen_audio.files.atomic_file import write_text


def write_measure(folder: Path, name: str, values: Mapping[str, float]) -> None:
    """Write utt2<name> and <name>_avg_result.txt.

    Args:
        folder: Gets both files.
        name: Name of the measure, for example ``mcd`` or ``log_f0_rmse``.
        values: Value of each utterance, at least one.
    """
    lines = [f"{clip} {values[clip]:.4f}\n" for clip in sorted(values)]
    write_text(folder / f"utt2{name}", "".join(lines))
    numbers = np.array(list(values.values()))
    average = f"Average: {numbers.mean():.4f} ± {numbers.std():.4f}"
    text = f"#utterances: {len(values)}\n{average}\n"
    write_text(folder / f"{name}_avg_result.txt", text)


def write_trn(
    path: Path, tokens: Mapping[str, Sequence[str]], speakers: Mapping[str, str]
) -> None:
    """Write texts as sclite reads them: the words, then (speaker-id).

    Args:
        path: File to write.
        tokens: Words or characters of each utterance.
        speakers: Speaker of each utterance; the id itself where unknown.
    """
    lines = [
        f"{' '.join(tokens[clip])}\t({speakers.get(clip, clip)}-{clip})\n"
        for clip in sorted(tokens)
    ]
    write_text(path, "".join(lines))
