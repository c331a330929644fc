"""Run a protocol: from tables of sounds to scores, records of clips and the lock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from espnet2.gen_audio.metrics.encoders.encoding import file_digest
from espnet2.gen_audio.metrics.encoders.set_encoder import SetEncoder
from espnet2.gen_audio.metrics.evaluation.clip_records import ClipRecords
from espnet2.gen_audio.metrics.evaluation.row_scorer import Record, Row
from espnet2.gen_audio.metrics.protocol.comparison import compare
from espnet2.gen_audio.metrics.protocol.lock import lock_of
from espnet2.gen_audio.metrics.protocol.options_of_run import RunOptions, SpeechModels
from espnet2.gen_audio.metrics.protocol.protocol import Protocol, read_protocol
from espnet2.gen_audio.metrics.protocol.scoring import encode_part, rows_of, stages_of
from espnet2.gen_audio.metrics.protocol.sets import Part, ScoredSets, SetTables
from espnet2.gen_audio.metrics.protocol.sound_files import SoundFiles
from espnet2.gen_audio.metrics.protocol.speech import SpeechStage, speech_stage
from espnet2.gen_audio.metrics.protocol.versa_scores import score_with_versa


@dataclass(frozen=True)
class SetRequest:
    """What a user asks for.

    Args:
        tables: Tables of sounds, captions and transcripts.
        protocol: Name or path of the protocol.
        options: Options of the run.
        encoders: ``name=path`` of weights.
        compared: Names of the two systems to compare; empty without comparison.
        models: Recognisers of speech.
        runs_commands: Whether commands in the place of sound files are run.
        versa: VERSA's score config, or None.
    """

    tables: SetTables
    protocol: str
    options: RunOptions
    encoders: Sequence[str] = ()
    compared: Sequence[str] = field(default_factory=tuple)
    models: SpeechModels = SpeechModels()
    runs_commands: bool = False
    versa: Path | None = None

    def read(self) -> tuple[Protocol, ScoredSets, list[SetEncoder]]:
        """Return protocol, sounds and encoders; refuse what does not fit."""
        protocol = read_protocol(self.protocol)
        folder = self.options.output_dir / "sounds"
        files = SoundFiles(folder, self.runs_commands)
        sets = ScoredSets.read(self.tables, files, self.options.part or Part())
        return protocol, sets, protocol.build(_given(self.encoders))


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
    records: Sequence[Record]
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
    protocol, sets, encoders = request.read()
    stages = stages_of(protocol, encoders, sets, request.options)
    speech = _speech(request, protocol, sets)
    rows, records, left_out = rows_of(stages)
    metrics = [m.describe() for stage in stages for m in stage.metrics]
    lock = lock_of(protocol, encoders, sets, stages, request.options)
    if speech is not None:
        of_speech, more = speech.rows()
        rows = _joined_rows(rows, of_speech)
        records = joined_records(records, more)
        metrics += [metric.describe() for metric in speech.scorer.metrics]
        left_out |= speech.left_out
        lock |= {"recognisers": speech.recognisers}
    versa = None
    if request.versa is not None:
        versa = score_with_versa(request.versa, sets, request.options)
        rows = _joined_rows(rows, versa.rows())
        records = joined_records(records, versa.records)
        metrics += versa.describe()
        lock |= {"versa_sha256": file_digest(request.versa)}
    scores = {
        "settings": lock,
        "metrics": metrics,
        "probes": {},
        "left_out": left_out,
        "rows": rows,
    }
    if request.compared:
        scores["comparison"] = compare(stages, *request.compared, speech, versa)
    wavs = {"recordings": {"": dict(sets.reference.wavs)}, **sets.wavs}
    return SetScores(scores, records, lock, wavs, dict(sets.reference.captions))


def run_part(request: SetRequest) -> None:
    """Encode and recognise the clips of one job; the scores are computed later.

    Args:
        request: Sets, protocol and options, with the part.
    """
    protocol, sets, encoders = request.read()
    encode_part(protocol, encoders, sets, request.options)
    if sets.reference.ids:
        speech = _speech(request, protocol, sets)
        if speech is not None:
            speech.rows()


def joined_records(records: Sequence[Record], more: Sequence[Record]) -> ClipRecords:
    """Return one record per clip with the values of both lists.

    Args:
        records: One record per clip.
        more: Records of some of these clips.

    Returns:
        The records in the order of the first list.
    """
    found = {(one["system"], one["seed"], one["id"]): one for one in more}
    joined = ClipRecords()
    for _, row in groupby(records, key=itemgetter("system")):
        keyed = [((one["system"], one["seed"], one["id"]), one) for one in row]
        joined.add([{**one, **found.get(key, {})} for key, one in keyed])
    return joined


def _joined_rows(rows: Sequence[Row], more: Mapping[str, Row]) -> list[Row]:
    return [{**row, **more.get(row["name"], {})} for row in rows]


def _speech(
    request: SetRequest, protocol: Protocol, sets: ScoredSets
) -> SpeechStage | None:
    if not sets.transcripts:
        return None
    return speech_stage(sets, protocol.speech, request.models, request.options)


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
