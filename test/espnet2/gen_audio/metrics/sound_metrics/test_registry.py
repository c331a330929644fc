"""Metrics of sounds: what is registered, and that every row can have every metric."""

from espnet2.gen_audio.metrics.evaluation.row_scorer import RowScorer
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS

KEYS = [
    "probe_train",
    "probe_heldout",
    "probe_raw",
    "kernel_distance",
    "frechet_distance",
    "mel_distance",
    "copying",
]


def test_every_module_of_the_folder_has_added_its_metrics():
    assert [metric.key for metric in SOUND_METRICS.all()] == KEYS


def test_seeds_are_averaged_and_listed(context, features, outputs_of):
    by_seed = {str(n): features(context.test.classes, 3 + n) for n in range(3)}
    scorer = RowScorer(SOUND_METRICS.all(), context)
    row, records = scorer.score(outputs_of(by_seed))
    assert row["clips"] == len(records) == 36 and row["seeds"] == ["0", "1", "2"]
    assert set(row) - {"name", "seeds", "clips"} == {
        "probe_train",
        "kernel_distance",
        "frechet_distance",
        "copying",
    }
