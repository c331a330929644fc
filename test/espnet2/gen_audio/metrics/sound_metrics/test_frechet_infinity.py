"""Extrapolated Frechet distance of outputs: no interval from halves too small."""

import pytest

from espnet2.gen_audio.metrics.functional.gaussian import (
    GaussianStatistics,
    frechet_infinity,
)
from espnet2.gen_audio.metrics.sound_metrics.frechet_infinity import FRECHET_INFINITY


def test_it_is_the_extrapolation_and_small_sets_have_no_interval(
    context, features, outputs_of
):
    clips = features(context.test.classes, 3)
    entry = FRECHET_INFINITY.compute(outputs_of({"": clips}), context).entry
    reference = GaussianStatistics.of_sample(context.reference.embedding)
    expected = frechet_infinity(clips.embedding, reference, context.seed)
    assert entry["value"] == pytest.approx(expected, rel=1e-5)
    assert entry["low"] is not None  # 12 clips, 3 dimensions
    assert FRECHET_INFINITY.full_rank
