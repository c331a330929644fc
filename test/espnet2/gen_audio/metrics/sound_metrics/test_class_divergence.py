"""Divergence of outputs: pairs by id, absent without classes, softmax and sigmoid."""

from dataclasses import replace

import numpy as np
import pytest

from espnet2.gen_audio.metrics.functional.class_scores import class_divergence
from espnet2.gen_audio.metrics.sound_metrics.class_divergence import (
    KL_SIGMOID,
    KL_SOFTMAX,
)


@pytest.fixture
def scored(context, features):
    logits = np.random.default_rng(0).normal(0, 2, (12, 5))
    own = replace(features(context.test.classes), class_scores=logits)
    return replace(context, own=own)


@pytest.mark.parametrize("metric", [KL_SOFTMAX, KL_SIGMOID])
def test_a_clip_is_compared_with_the_recording_of_its_id(metric, scored, outputs_of):
    clips = replace(scored.own, class_scores=scored.own.class_scores[::-1].copy())
    score = metric.compute(outputs_of({"": clips}), scored)
    form = metric.key.removeprefix("kl_")
    each = class_divergence(clips.class_scores, scored.own.class_scores, form)
    assert score.entry["value"] == pytest.approx(each.mean(), rel=1e-5)
    assert score.clips["", "tbell0"][metric.key] == pytest.approx(each[0], rel=1e-5)
    same = metric.compute(outputs_of({"": scored.own}), scored)
    assert abs(same.entry["value"]) < 1e-4


def test_recordings_themselves_and_the_recipe_have_none(
    scored, context, features, outputs_of
):
    own = outputs_of({"": scored.own}, is_reference=True)
    assert KL_SOFTMAX.compute(own, scored) is None
    assert KL_SOFTMAX.compute(outputs_of({"": scored.own}), context) is None
