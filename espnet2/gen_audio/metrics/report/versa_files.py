"""Scores of clips as JSON lines with VERSA's keys.

There is one file per system and seed, and one line per clip with ``key`` and numbers.
VERSA's scorer writes such lines; its ``show_result.py`` and ``average_result.py`` read
them. A measure that VERSA has too is written under VERSA's name, others under ours.
Source: github.com/wavlab-speech/versa, versa/sequence_metrics/signal_metric.py.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from espnet2.gen_audio.files.atomic_file import atomic_path
from espnet2.gen_audio.metrics.evaluation.row_scorer import Record

VERSA_KEYS = {
    "si_sdr": "si_snr",
    "clap_score": "clap_score",
    "similarity": "spk_similarity",
    "dnsmos": "dns_overall",
    "mcd": "mcd",
}
# recogniser in our records -> prefix of VERSA's keys
RECOGNISERS = {"open": "whisper", "espnet": "espnet"}
EDITS = {"deletions": "delete", "insertions": "insert", "substitutions": "replace"}


def write_versa(folder: Path, records: Sequence[Record]) -> list[Path]:
    """Write the records of every system.

    Args:
        folder: Gets ``<system>[_seed<n>].jsonl``.
        records: One record a clip, with ``id``, ``system``, ``seed`` and numbers; those
            of one system and seed follow each other.

    Returns:
        The files.
    """
    files = []
    for (system, seed), own in groupby(records, key=itemgetter("system", "seed")):
        path = folder / f"{system}{f'_seed{seed}' if seed else ''}.jsonl"
        with atomic_path(path) as new, new.open("w", encoding="utf-8") as file:
            for record in own:
                file.write(json.dumps(versa_record(record)) + "\n")
        files.append(path)
    return files


def versa_record(record: Mapping[str, Any]) -> dict[str, object]:
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
    return {"key": record["id"], **numbers, **_words(record)}


def _words(record: Mapping[str, Any]) -> dict[str, object]:
    """Return texts and counts of edits as VERSA's recognition metrics write them."""
    found: dict[str, object] = {}
    for ours, theirs in RECOGNISERS.items():
        for kind in ("wer", "cer"):
            counts = record.get(f"{kind}_{ours}")
            if counts is None:
                continue
            stem = f"{theirs}_{kind}"
            found |= {f"{stem}_{new}": counts[old] for old, new in EDITS.items()}
            wrong = counts["deletions"] + counts["substitutions"]
            found[f"{stem}_equal"] = counts["length"] - wrong
            found[f"{theirs}_hyp_text"] = record["recognised"][ours]
            found["ref_text"] = record["transcript"]
    return found


def _versa_key(name: str, record: Mapping[str, object]) -> str:
    """Return VERSA's name; ours, if two encoders of a record have the same measure."""
    for ours, theirs in VERSA_KEYS.items():
        same = [key for key in record if key == ours or key.startswith(f"{ours}_")]
        if same == [name]:
            return theirs
    return name
