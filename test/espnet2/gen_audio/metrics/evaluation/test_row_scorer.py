"""Rows: entries of metrics that apply, values of clips, and what is left out."""

from dataclasses import dataclass, field

from espnet2.gen_audio.metrics.encoders.packaged_weights import MissingPackage
from espnet2.gen_audio.metrics.evaluation.metric import Metric, Score
from espnet2.gen_audio.metrics.evaluation.row_scorer import RowScorer


@dataclass
class Outputs:
    name: str = "ours"
    by_seed: dict = field(default_factory=lambda: {"0": 1.0, "1": 3.0})

    def records(self):
        return {(seed, "a"): {"id": "a", "seed": seed} for seed in self.by_seed}


def metric(key, compute, permuted=None):
    return Metric(key, "t", "u", "higher", "x", "s", compute, permuted)


def test_entries_and_values_of_clips_come_from_every_metric_that_applies():
    def mean(outputs, context):
        values = {(s, "a"): {"v": v + context} for s, v in outputs.by_seed.items()}
        return Score({"value": 2.0 + context}, values)

    metrics = [
        metric("mean", mean),
        metric("absent", lambda o, c: None),
        metric("clips_only", lambda o, c: Score(None, {("1", "a"): {"w": 9}})),
    ]
    row, records = RowScorer(metrics, 10).score(Outputs())
    assert row == {
        "name": "ours",
        "seeds": ["0", "1"],
        "clips": 2,
        "mean": {"value": 12.0},
    }
    assert records == [
        {"id": "a", "seed": "0", "v": 11.0},
        {"id": "a", "seed": "1", "v": 13.0, "w": 9},
    ]


def test_the_permuted_row_has_those_metrics_for_which_chance_says_something():
    def score(outputs, context):
        return Score({"value": 0.5})

    scorer = RowScorer([metric("a", score, score), metric("b", score)], None)
    row = scorer.score_permuted("shuffled", Outputs())
    assert row["name"] == "shuffled" and row["a"] == {"value": 0.5} and "b" not in row
    assert scorer.has_scores(row)
    assert not scorer.has_scores(RowScorer([], None).score_permuted("x", Outputs()))


def test_a_metric_without_its_package_is_left_out_once_with_the_reason(caplog):
    calls = []

    def missing(outputs, context):
        calls.append(outputs)
        raise MissingPackage("it needs the package nothing")

    scorer = RowScorer([metric("a", missing)], None)
    for _ in range(2):
        assert "a" not in scorer.score(Outputs())[0]
    assert scorer.left_out == {"a": "it needs the package nothing"}
    assert len(calls) == 1 and "a is left out" in caplog.text
