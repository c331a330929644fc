"""Scores of sets under a protocol: one stage per encoder, rows merged by system.

A stage has the features that one encoder computes of all sets, and the metrics of these
features. The key of a metric ends in the name of the encoder. The row of the recordings
states the floor of a metric: one half of the recordings is scored against the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from espnet2.gen_audio.metrics.encoders.set_encoder import (
    NoEncoder,
    SetEncoder,
    is_in_domain,
)
from espnet2.gen_audio.metrics.encoders.set_reader import SetReader
from espnet2.gen_audio.metrics.evaluation.baselines import white_noise
from espnet2.gen_audio.metrics.evaluation.clip_records import ClipRecords
from espnet2.gen_audio.metrics.evaluation.context import (
    EvaluationContext,
    SystemOutputs,
)
from espnet2.gen_audio.metrics.evaluation.metric import Metric, Score
from espnet2.gen_audio.metrics.evaluation.probe_set import ProbeSet
from espnet2.gen_audio.metrics.evaluation.row_scorer import Record, Row, RowScorer
from espnet2.gen_audio.metrics.evaluation.set_scores import set_score
from espnet2.gen_audio.metrics.protocol.clip_counts import floor_of, of_full_rank
from espnet2.gen_audio.metrics.protocol.options_of_run import RunOptions
from espnet2.gen_audio.metrics.protocol.protocol import Protocol
from espnet2.gen_audio.metrics.protocol.refusals import refuse_one_clip, refuse_sets
from espnet2.gen_audio.metrics.protocol.sets import ScoredSets

NOISE_SECONDS = 10.0  # length of noise if the protocol keeps any length
CAPTION_BATCH = 64


@dataclass(frozen=True)
class Stage:
    """The metrics of one encoder and the features that they compare.

    Args:
        context: The recordings and settings that systems are scored with.
        floor: The context of the recordings' own row: one half of them as reference.
        outputs: The features of recordings, systems and noise, by name.
        metrics: The metrics; each key ends in the name of the encoder.
        left_out: Reason for each metric that is left out, by key.
    """

    context: EvaluationContext
    floor: EvaluationContext
    outputs: dict[str, SystemOutputs]
    metrics: list[Metric]
    left_out: dict[str, str]


def stages_of(
    protocol: Protocol,
    encoders: Sequence[SetEncoder],
    sets: ScoredSets,
    options: RunOptions,
) -> list[Stage]:
    """Encode all sets with every encoder.

    Args:
        protocol: The protocol.
        encoders: Its encoders.
        sets: The sounds.
        options: Options of the run.

    Returns:
        One stage per encoder; metrics that need no encoder are in the first stage.

    Raises:
        ValueError: If the protocol cannot be met, because captions are missing or are
            not those that it states, or because there are too few clips.
    """
    refuse_sets(protocol, sets)
    refuse_one_clip(protocol, sets)
    stages = []
    plain = protocol.records(protocol.metrics)
    for spec, encoder in zip(protocol.encoders, encoders):
        keys = protocol.records(spec.metrics)
        metrics = [_named(metric, encoder) for metric in keys] + plain
        reader = _reader(protocol, encoder, options, spec.frames)
        stages.append(_stage(protocol, reader, metrics, sets, options))
        plain = []
    if plain or not stages:  # the rows need their clips in any case
        reader = _reader(protocol, NoEncoder(), options, False)
        stages.append(_stage(protocol, reader, plain, sets, options))
    return stages


def encode_part(
    protocol: Protocol,
    encoders: Sequence[SetEncoder],
    sets: ScoredSets,
    options: RunOptions,
) -> None:
    """Encode the clips of one job of an array, and store the encodings.

    Args:
        protocol: The protocol.
        encoders: Its encoders.
        sets: The sounds of this job.
        options: Options of the run.

    Raises:
        ValueError: If captions or transcripts are missing, or are not those that the
            protocol states.
    """
    refuse_sets(protocol, sets)
    readers = [
        _reader(protocol, encoder, options, spec.frames)
        for spec, encoder in zip(protocol.encoders, encoders)
    ]
    if not readers:
        readers = [_reader(protocol, NoEncoder(), options, False)]
    for reader in readers if sets.reference.ids else ():
        reader.read(sets.reference.wavs, f"{reader.encoder.name}, recordings")
        for name, seeds in sets.wavs.items():
            for seed, wavs in seeds.items():
                reader.read(wavs, " ".join([name, seed]).strip())
        _noise(reader, sets, options.seed)


def rows_of(
    stages: Sequence[Stage],
) -> tuple[list[Row], ClipRecords, dict[str, str]]:
    """Score every system in every stage.

    Args:
        stages: All stages.

    Returns:
        Rows for scores.json, one record per clip, and why metrics are left out.
    """
    rows: list[Row] = []
    records = ClipRecords()
    left_out: dict[str, str] = {}
    for stage in stages:
        left_out |= stage.left_out
    for name in stages[0].outputs:
        whole: Row = {}
        clips: list[Record] = []
        for stage in stages:
            outputs = stage.outputs[name]
            context = stage.floor if outputs.is_reference else stage.context
            scorer = RowScorer(_applicable(stage, outputs), context)
            row, found = scorer.score(outputs)
            left_out |= scorer.left_out
            whole |= row
            clips = [one | new for one, new in zip(clips, found)] if clips else found
        rows.append(whole)
        records.add(clips)
    return rows, records, left_out


def _applicable(stage: Stage, outputs: SystemOutputs) -> list[Metric]:
    """Return the metrics of a row; half of the recordings is too few for some."""
    if not outputs.is_reference:
        return stage.metrics
    count, size = stage.floor.reference_sample.vectors.shape
    return [m for m in stage.metrics if not m.full_rank or count > size]


def _reader(
    protocol: Protocol, encoder: SetEncoder, options: RunOptions, frames: bool
) -> SetReader:
    store = options.output_dir / "features" / encoder.name
    return SetReader(encoder, protocol.form, store, options.num_threads, frames)


def _stage(
    protocol: Protocol,
    reader: SetReader,
    metrics: list[Metric],
    sets: ScoredSets,
    options: RunOptions,
) -> Stage:
    encoder, test = reader.encoder, sets.reference
    own = reader.read(test.wavs, f"{encoder.name}, recordings")
    outputs = [
        SystemOutputs.of(
            "recordings",
            {"": own},
            test,
            {"": test.wavs},
            paired=protocol.paired,
            is_reference=True,
        )
    ]
    for name, wavs in sets.wavs.items():
        outputs.append(SystemOutputs.read(name, wavs, test, reader, protocol.paired))
    outputs.append(_noise(reader, sets, options.seed))
    context = EvaluationContext(
        test=test,
        reference=own.select(test.one_a_recording()),
        probes=ProbeSet((own.embedding.shape[1], 0)),
        reader=reader,
        draws=options.draws,
        seed=options.seed,
        caption_vectors=_caption_vectors(encoder, test.captions),
        own=own,
    )
    rules = protocol.rank_deficient, encoder.name
    kept, left_out = of_full_rank(*rules, metrics, context, outputs)
    floor = floor_of(context)
    return Stage(context, floor, {one.name: one for one in outputs}, kept, left_out)


def _named(metric: Metric, of: SetEncoder) -> Metric:
    """Return a metric whose key, title and clip key name the encoder."""
    encoder = of.name
    mark = " (in-domain)" if is_in_domain(of) else ""

    def compute(outputs: SystemOutputs, context: EvaluationContext) -> Score | None:
        """Return the score; keys of its clips end in the name of the encoder."""
        if metric.statistic is not None:
            return set_score(metric.statistic, outputs, context)
        score = metric.compute(outputs, context)
        if score is None or not metric.clip_key:
            return score
        clips = {
            clip: {f"{key}_{encoder}": value for key, value in values.items()}
            for clip, values in score.clips.items()
        }
        return replace(score, clips=clips)

    return replace(
        metric,
        key=f"{metric.key}_{encoder}",
        title=f"{metric.title}, {encoder}{mark}",
        compute=compute,
        clip_key=f"{metric.clip_key}_{encoder}" if metric.clip_key else "",
    )


def _noise(reader: SetReader, sets: ScoredSets, seed: int) -> SystemOutputs:
    """Return features of white noise for each id."""
    rate = reader.form.sample_rate
    samples = reader.form.samples or round(NOISE_SECONDS * rate)

    def make(clip: str) -> np.ndarray:
        """Return the noise of one id."""
        return white_noise([clip], samples, seed)[clip]

    makers = {clip: partial(make, clip) for clip in sets.reference.ids}
    features = reader.computed(makers, f"{reader.encoder.name}, noise")
    return SystemOutputs.of("noise", {"": features}, sets.reference)


def _caption_vectors(
    encoder: SetEncoder, captions: Mapping[str, str]
) -> dict[str, np.ndarray] | None:
    if not captions or "captions" not in encoder.gives:
        return None
    ids, vectors = list(captions), {}
    for start in range(0, len(ids), CAPTION_BATCH):
        batch = {clip: captions[clip] for clip in ids[start : start + CAPTION_BATCH]}
        vectors |= encoder.encode_captions(batch)
    return vectors
