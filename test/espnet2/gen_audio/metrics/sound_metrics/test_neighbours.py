"""Neighbour scores of outputs: within bounds, absent with few clips or no package."""

from dataclasses import replace

import pytest

from espnet2.gen_audio.metrics.functional.neighbours import neighbour_scores
from espnet2.gen_audio.metrics.sound_metrics.neighbours import (
    COVERAGE,
    DENSITY,
    PRECISION,
    RECALL,
)


@pytest.mark.parametrize("metric", [PRECISION, RECALL, DENSITY, COVERAGE])
def test_each_score_is_prdcs(metric, context, features, outputs_of):
    clips = features(context.test.classes, 3)
    entry = metric.compute(outputs_of({"": clips}), context).entry
    expected = neighbour_scores(clips.embedding, context.reference.embedding)
    assert entry["value"] == pytest.approx(expected[metric.key], rel=1e-5)


def test_few_clips_have_no_interval_and_very_few_no_score(
    context, features, outputs_of
):
    outputs = outputs_of({"": features(context.test.classes, 3)})
    assert PRECISION.compute(outputs, context).entry["low"] is None
    few = replace(context, reference=context.reference.select(context.test.ids[:6]))
    assert PRECISION.compute(outputs, few) is None
