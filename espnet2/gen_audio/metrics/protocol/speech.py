"""Scores of speech in a run on anybody's sounds: words, predicted MOS, voice, MCD, F0.

The recordings and every generated set are recognised and measured as
``bin.score_speech`` does it. Transcripts are those of ``--transcript``; speakers come
from ``utt2spk`` beside the reference, if it is there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from espnet2.gen_audio.metrics.evaluation.metric import ClipKey, Metric, Score
from espnet2.gen_audio.metrics.evaluation.row_scorer import Record, Row, RowScorer
from espnet2.gen_audio.metrics.functional.estimate import (
    Estimate,
    bootstrap_mean,
    bootstrap_ratio_difference,
)
from espnet2.gen_audio.metrics.protocol.options_of_run import RunOptions, SpeechModels
from espnet2.gen_audio.metrics.protocol.sets import ScoredSets
from espnet2.gen_audio.metrics.speech_evaluation.cached_results import SpeechReader
from espnet2.gen_audio.metrics.speech_evaluation.context import (
    SpeechContext,
    SpeechOutputs,
)
from espnet2.gen_audio.metrics.speech_evaluation.plain_words import plain_words
from espnet2.gen_audio.metrics.speech_evaluation.recogniser import Recogniser
from espnet2.gen_audio.metrics.speech_evaluation.recognisers import load_recognisers
from espnet2.gen_audio.metrics.speech_evaluation.speech_set import SpeechTestSet
from espnet2.gen_audio.metrics.speech_metrics.registry import SPEECH_METRICS

STORE = "speech_store"


@dataclass(frozen=True)
class SpeechStage:
    """The speech metrics of a run and the clips that they score.

    Args:
        scorer: Scores rows; it has the metrics and the context.
        outputs: Recognised clips of the recordings and of each set, by name.
        left_out: Reason for each metric that is left out, by key.
        recognisers: Name and version of each recogniser.
    """

    scorer: RowScorer[SpeechOutputs, SpeechContext]
    outputs: dict[str, SpeechOutputs]
    left_out: dict[str, str]
    recognisers: dict[str, str]

    def rows(self) -> tuple[dict[str, Row], list[Record]]:
        """Score every set.

        Returns:
            Row of each set, by name, and one record per clip.
        """
        rows: dict[str, Row] = {}
        records: list[Record] = []
        for name, outputs in self.outputs.items():
            rows[name], clips = self.scorer.score(outputs)
            records += clips
            self.scorer.context.reader.save()  # an aborted run loses one set only
        self.left_out.update(self.scorer.left_out)
        return rows, records


def speech_stage(
    sets: ScoredSets,
    keys: Sequence[str],
    models: SpeechModels,
    options: RunOptions,
) -> SpeechStage:
    """Recognise all clips.

    Args:
        sets: The sounds, with transcripts.
        keys: Keys of the metrics; empty for all.
        models: The recognisers.
        options: Options of the run.

    Returns:
        The stage.
    """
    recognisers, left_out = _load(models, options)
    folder = options.output_dir / STORE
    store = folder / (f"part{options.part.number}.json" if options.part else "all.json")
    reader = SpeechReader(recognisers, (), store, sorted(folder.glob("*.json")))
    test = _test_set(sets, options)
    metrics = [one for one in SPEECH_METRICS.all() if not keys or one.key in keys]
    scorer = RowScorer(metrics, SpeechContext(test, reader))
    wavs = {"recordings": {"": test.sounds.wavs}, **sets.wavs}
    outputs = {}
    for name, seeds in wavs.items():
        outputs[name] = SpeechOutputs.read(name, seeds, test, reader)
        reader.save()
    versions = {key: f"{one.name} {one.version}" for key, one in recognisers.items()}
    return SpeechStage(scorer, outputs, left_out, versions)


def compare_speech(
    stage: SpeechStage, first: str, second: str
) -> list[tuple[Metric, Estimate]]:
    """Return the first system minus the second one in every metric of speech.

    Args:
        stage: The stage.
        first: Name of a set.
        second: Name of another set.

    Returns:
        Each metric with its difference, paired by id; metrics that one of them lacks
        are left out.
    """
    found = []
    for metric in stage.scorer.metrics:
        if metric.key in stage.left_out:
            continue
        context = stage.scorer.context
        scores = [metric.compute(stage.outputs[n], context) for n in (first, second)]
        if None not in scores:
            difference = _difference(metric, scores, context)
            if difference is not None:
                found.append((metric, difference))
    return found


def _difference(
    metric: Metric, scores: Sequence[Score], context: SpeechContext
) -> Estimate | None:
    test = context.test
    if all(score.ratios for score in scores):
        by_id = [_sums(score.ratios) for score in scores]
        ids = sorted(by_id[0])
        pairs = [tuple(zip(*map(sums.get, ids))) for sums in by_id]
        groups = list(map(test.sounds.recordings.get, ids))
        return bootstrap_ratio_difference(*pairs, groups, test.draws, test.seed)
    one, other = (_means(metric.key, score.clips) for score in scores)
    ids = sorted(one.keys() & other.keys())
    if not ids:
        return None
    differences = [one[clip] - other[clip] for clip in ids]
    groups = list(map(test.sounds.recordings.get, ids))
    return bootstrap_mean(differences, groups, test.draws, test.seed)


def _sums(ratios: Mapping[ClipKey, tuple[float, float]]) -> dict[str, Any]:
    """Return numerator and denominator of each id, summed over its seeds."""
    sums: dict[str, Any] = {}
    for (_, clip), (above, below) in ratios.items():
        first, second = sums.get(clip, (0.0, 0.0))
        sums[clip] = first + above, second + below
    return sums


def _means(key: str, clips: Mapping[ClipKey, Mapping[str, Any]]) -> dict[str, float]:
    """Return the value of each id, averaged over its seeds."""
    values: dict[str, list[float]] = {}
    for (_, clip), found in clips.items():
        if found.get(key) is not None:
            values.setdefault(clip, []).append(found[key])
    return {clip: sum(own) / len(own) for clip, own in values.items()}


def _load(
    models: SpeechModels, options: RunOptions
) -> tuple[dict[str, Recogniser], dict[str, str]]:
    def open_whisper() -> Recogniser:
        """Return the Whisper that the options name."""
        from espnet2.gen_audio.metrics.speech_evaluation.whisper import Whisper

        return Whisper(models.whisper, options.num_threads)

    return load_recognisers(open_whisper, models.asr_model)


def _test_set(sets: ScoredSets, options: RunOptions) -> SpeechTestSet:
    words = {clip: plain_words(text) for clip, text in sets.transcripts.items()}
    silent = [clip for clip, said in words.items() if not said]
    if silent:
        raise ValueError(
            f"--transcript has no word for {silent[0]}; write what is said in every "
            "clip"
        )
    return SpeechTestSet(
        sets.reference, words, sets.speakers, draws=options.draws, seed=options.seed
    )
