"""Scores of sets and of clips from outputs of several seeds."""

from functools import partial

import numpy as np
import pytest

from espnet2.gen_audio.metrics.evaluation.set_scores import (
    clip_score,
    embedding_statistic,
    one_by_one,
    set_score,
)


def centre_distance(x, y):
    x, y = (np.mean(np.asarray(each), axis=0) for each in (x, y))
    return float(np.abs(x - y).sum())


def statistic(outputs, context):
    return embedding_statistic(outputs, context, one_by_one(centre_distance))


def test_a_set_score_is_the_mean_over_seeds_with_sizes_and_interval(
    context, features, outputs_of
):
    by_seed = {str(n): features(context.test.classes, 3 + n) for n in range(2)}
    entry = set_score(statistic, outputs_of(by_seed), context).entry
    reference = context.reference.embedding
    each = [centre_distance(f.embedding, reference) for f in by_seed.values()]
    assert entry["value"] == pytest.approx(np.mean(each), rel=1e-5)
    assert entry["clips"] == [12, 12] and entry["low"] <= entry["high"]


def test_the_recordings_have_no_set_score_without_others(context, features, outputs_of):
    own = outputs_of({"": features(context.test.classes)}, is_reference=True)
    assert set_score(partial(statistic), own, context) is None


def test_a_clip_score_has_the_number_of_each_clip_and_seed(
    context, features, outputs_of
):
    by_seed = {str(n): features(context.test.classes, n) for n in range(2)}
    values = {"0": np.arange(12.0), "1": np.arange(12.0) + 1}
    score = clip_score("toy", values, outputs_of(by_seed), context)
    assert score.entry["value"] == 6.0 and score.entry["clips"] == 24
    assert score.clips["1", context.test.ids[3]] == {"toy": 4.0}
