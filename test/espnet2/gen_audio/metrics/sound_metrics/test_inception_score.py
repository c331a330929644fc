"""Inception score of outputs: of the system alone, absent without classes."""

from dataclasses import replace

import numpy as np
import pytest

from espnet2.gen_audio.metrics.sound_metrics.inception_score import INCEPTION_SCORE


def test_varied_clips_score_above_equal_ones(context, features, outputs_of):
    clips = features(context.test.classes)
    varied = replace(clips, class_scores=np.eye(12) * 100)
    equal = replace(clips, class_scores=np.tile(np.eye(12)[:1] * 100, (12, 1)))
    one = INCEPTION_SCORE.compute(outputs_of({"": varied}), context).entry
    other = INCEPTION_SCORE.compute(outputs_of({"": equal}), context).entry
    assert one["value"] == pytest.approx(12) and other["value"] == pytest.approx(1)
    assert other["low"] >= 1
    assert INCEPTION_SCORE.compute(outputs_of({"": clips}), context) is None
