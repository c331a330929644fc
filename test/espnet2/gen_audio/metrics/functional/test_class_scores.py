"""Class scores: closed forms of divergences and of the inception score."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.functional.class_scores import (
    class_divergence,
    inception_score,
)


def test_two_known_distributions_have_the_divergence_of_the_formula():
    generated, recording = np.log([[0.25, 0.75]]), np.log([[0.5, 0.5]])
    expected = 0.5 * np.log(0.5 / 0.25) + 0.5 * np.log(0.5 / 0.75)
    assert class_divergence(generated, recording)[0] == pytest.approx(
        expected, rel=1e-4
    )


@pytest.mark.parametrize("form", ["softmax", "sigmoid"])
def test_equal_clips_do_not_diverge_and_logits_of_any_size_are_finite(form):
    logits = np.random.default_rng(0).normal(0, 3, (4, 6))
    np.testing.assert_allclose(class_divergence(logits, logits, form), 0, atol=1e-4)
    extreme = np.array([[1e4, -1e4], [-1e4, 1e4]])
    assert np.isfinite(class_divergence(extreme, extreme[::-1], form)).all()


def test_sure_and_varied_clips_score_the_number_of_classes():
    assert inception_score(np.eye(5) * 1e3) == pytest.approx(5)
    assert inception_score(np.ones((5, 3))) == pytest.approx(1)
    assert inception_score(np.tile([1e3, 0], (5, 1))) == pytest.approx(1)


def test_what_is_no_pair_or_not_finite_is_refused():
    with pytest.raises(ValueError, match="not pairs"):
        class_divergence(np.zeros((2, 3)), np.zeros((2, 4)))
    with pytest.raises(ValueError, match="'max' is unknown"):
        class_divergence(np.zeros((2, 3)), np.zeros((2, 3)), "max")
    with pytest.raises(ValueError, match="NaN or infinite"):
        inception_score(np.full((2, 3), np.nan))
