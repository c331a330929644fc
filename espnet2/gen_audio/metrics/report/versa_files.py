"""Scores of clips as JSON lines with VERSA's keys.

There is one file per system and seed, and one line per clip with ``key`` and numbers.
VERSA's scorer writes such lines; its ``show_result.py`` and ``average_result.py`` read
them. A measure that VERSA has too is written under VERSA's name, others under ours.
Source: github.com/wavlab-speech/versa, versa/sequence_metrics/signal_metric.py.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.metrics.evaluation.row_scorer import Record

VERSA_KEYS = {"si_sdr": "si_snr", "clap_score": "clap_score"}


def write_versa(folder: Path, records: Sequence[Record]) -> list[Path]:
    """Write the records of every system.

    Args:
        folder: Gets ``<system>[_seed<n>].jsonl``.
        records: One record a clip, with ``id``, ``system``, ``seed`` and numbers.

    Returns:
        The files.
    """
    files: dict[Path, list[str]] = {}
    for record in records:
        seed = f"_seed{record['seed']}" if record["seed"] else ""
        path = folder / f"{record['system']}{seed}.jsonl"
        files.setdefault(path, []).append(json.dumps(versa_record(record)))
    for path, lines in files.items():
        write_text(path, "\n".join(lines) + "\n")
    return list(files)


def versa_record(record: Mapping[str, object]) -> dict[str, object]:
    """Return one clip as VERSA writes it.

    Args:
        record: Record of clips.jsonl.

    Returns:
        ``key`` with the id, and the numbers.
    """
    numbers = {
        _versa_key(name, record): value
        for name, value in record.items()
        if isinstance(value, (int, float))
    }
    return {"key": record["id"], **numbers}


def _versa_key(name: str, record: Mapping[str, object]) -> str:
    """Return VERSA's name; ours, if two encoders of a record have the same measure."""
    for ours, theirs in VERSA_KEYS.items():
        same = [key for key in record if key == ours or key.startswith(f"{ours}_")]
        if same == [name]:
            return theirs
    return name
