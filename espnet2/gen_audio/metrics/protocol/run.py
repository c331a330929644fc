"""Run a protocol: from tables of sounds to scores, records of clips and the lock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from espnet2.gen_audio.metrics.evaluation.row_scorer import Record
from espnet2.gen_audio.metrics.protocol.comparison import compare
from espnet2.gen_audio.metrics.protocol.lock import lock_of
from espnet2.gen_audio.metrics.protocol.protocol import read_protocol
from espnet2.gen_audio.metrics.protocol.scoring import RunOptions, rows_of, stages_of
from espnet2.gen_audio.metrics.protocol.sets import ScoredSets


@dataclass(frozen=True)
class SetRequest:
    """What a user asks for.

    Args:
        generated: ``[name[@seed]=]wav.scp`` of each generated set.
        reference: wav.scp of the recordings.
        protocol: Name or path of the protocol.
        options: Options of the run.
        text: Captions in Kaldi's form, or None.
        encoders: ``name=path`` of weights.
        compared: Names of the two systems to compare; empty without comparison.
    """

    generated: Sequence[str]
    reference: Path
    protocol: str
    options: RunOptions
    text: Path | None = None
    encoders: Sequence[str] = ()
    compared: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class SetScores:
    """The results of a run.

    Args:
        scores: Content of scores.json.
        records: One record per clip.
        lock: Content of protocol.lock.
        wavs: Sound files by system, seed and id, including the recordings.
        captions: Caption of each id; may be empty.
    """

    scores: dict[str, Any]
    records: list[Record]
    lock: dict[str, Any]
    wavs: dict[str, dict[str, dict[str, Path]]]
    captions: dict[str, str]


def run_protocol(request: SetRequest) -> SetScores:
    """Score sets under a protocol.

    Args:
        request: Sets, protocol and options.

    Returns:
        The results.

    Raises:
        ValueError: If the protocol cannot be met; the message names the cause.
    """
    protocol = read_protocol(request.protocol)
    sets = ScoredSets.read(request.generated, request.reference, request.text)
    encoders = protocol.build(_given(request.encoders))
    stages = stages_of(protocol, encoders, sets, request.options)
    rows, records, left_out = rows_of(stages)
    lock = lock_of(protocol, encoders, sets, stages, request.options)
    scores = {
        "settings": lock,
        "metrics": [m.describe() for stage in stages for m in stage.metrics],
        "probes": {},
        "left_out": left_out,
        "rows": rows,
    }
    if request.compared:
        scores["comparison"] = compare(stages, *request.compared)
    wavs = {"recordings": {"": dict(sets.reference.wavs)}, **sets.wavs}
    return SetScores(scores, records, lock, wavs, dict(sets.reference.captions))


def _given(encoders: Sequence[str]) -> dict[str, Path]:
    """Return the path of each encoder, by its name."""
    found = {}
    for text in encoders:
        name, equals, path = text.partition("=")
        if not (name and equals and path):
            raise ValueError(
                f"--encoders {text!r} is not NAME=PATH; name the encoder of the "
                "protocol and its file or folder"
            )
        found[name] = Path(path)
    return found
