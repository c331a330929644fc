"""KAD of outputs: the estimator of the measure, and blind to captions."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.functional.kernel_sums import discrepancies, kernel_of
from espnet2.gen_audio.metrics.sound_metrics.kad import KAD


def test_the_value_is_the_unbiased_estimate_times_100(context, features, outputs_of):
    clips = features(context.test.classes, 3)
    x, y = clips.embedding, context.reference.embedding
    rows = [(np.arange(12), np.arange(12))]
    expected = 100 * discrepancies(x, y, kernel_of("gaussian", y), rows)[0]
    entry = KAD.compute(outputs_of({"": clips}), context).entry
    assert entry["value"] == pytest.approx(expected, rel=1e-5)


def test_clips_under_wrong_captions_are_as_near_as_right_ones(
    context, features, outputs_of
):
    right = features(context.test.classes, 3)
    wrong = right.select(right.ids[6:] + right.ids[:6]).renamed(right.ids)
    one, other = (
        KAD.compute(outputs_of({"": f}), context).entry["value"] for f in (right, wrong)
    )
    assert one == pytest.approx(other)
