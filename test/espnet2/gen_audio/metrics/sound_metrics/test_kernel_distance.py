"""Kernel distance of outputs: the mean over seeds, blind to captions."""

from dataclasses import replace

import numpy as np
import pytest

from espnet2.gen_audio.metrics.evaluation.context import SeedSamples
from espnet2.gen_audio.metrics.sound_metrics.kernel_distance import (
    distance_to_recordings,
)


def test_the_value_is_the_mean_over_seeds(context, features, outputs_of):
    by_seed = {str(n): features(context.test.classes, 3 + n) for n in range(3)}
    entry = distance_to_recordings(outputs_of(by_seed), context).entry
    assert set(entry["per_seed"]) == {"0", "1", "2"} and entry["clips"] == 36
    mean = np.mean(list(entry["per_seed"].values()))
    assert entry["value"] == pytest.approx(mean, rel=1e-4)
    assert entry["low"] < entry["high"]


def test_clips_under_wrong_captions_are_as_near_as_right_ones(
    context, features, outputs_of
):
    right = features(context.test.classes, 3)
    wrong = right.select(right.ids[6:] + right.ids[:6]).renamed(right.ids)
    one, other = (
        distance_to_recordings(outputs_of({"": f}), context).entry["value"]
        for f in (right, wrong)
    )
    assert one == pytest.approx(other)


def test_the_recordings_have_the_distance_of_other_recordings(
    context, features, outputs_of
):
    own = outputs_of({"": features(context.test.classes)}, is_reference=True)
    assert distance_to_recordings(own, context) is None
    others = SeedSamples({"": context.train.embedding}, context.train.ids)
    entry = distance_to_recordings(own, replace(context, other_recordings=others)).entry
    assert entry["clips"] == 20
