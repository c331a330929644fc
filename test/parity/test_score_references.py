"""Scores agree with the reference implementations on the same embeddings and logits."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from score_references import STORED, arrays  # noqa: E402

from espnet2.gen_audio.metrics.functional.class_scores import (  # noqa: E402
    class_divergence,
    inception_score,
)
from espnet2.gen_audio.metrics.functional.frechet import frechet_distance  # noqa: E402
from espnet2.gen_audio.metrics.functional.gaussian import (  # noqa: E402
    GaussianStatistics,
    gaussian_distance,
)
from espnet2.gen_audio.metrics.functional.kernel_sums import (  # noqa: E402
    discrepancies,
    kernel_of,
)
from espnet2.gen_audio.metrics.functional.neighbours import (  # noqa: E402
    NAMES,
    neighbour_scores,
)

REFERENCE = json.loads(STORED.read_text(encoding="utf-8"))["values"]


@pytest.fixture(scope="module")
def given():
    return arrays()


def test_frechet_distances_equal_fadtks(given):
    x, y = given["x"], given["y"]
    streamed = gaussian_distance(*map(GaussianStatistics.of_sample, (x, y)))
    for value in (frechet_distance(x, y).value, streamed):
        assert value == pytest.approx(REFERENCE["frechet_distance"], rel=1e-6)


def test_the_kernel_distance_equals_kadtks(given):
    x, y = given["x"], given["y"]
    everything = [(np.arange(len(x)), np.arange(len(y)))]
    (value,) = discrepancies(x, y, kernel_of("gaussian", y), everything)
    assert 100 * value == pytest.approx(REFERENCE["kad"], rel=1e-5)  # median in float32


@pytest.mark.parametrize("form", ["softmax", "sigmoid"])
def test_divergences_equal_audioldm_evals(given, form):
    value = class_divergence(given["logits_x"], given["logits_y"], form).mean()
    assert value == pytest.approx(REFERENCE[f"kl_{form}"], rel=1e-6)


def test_the_inception_score_equals_audioldm_evals(given):
    value = inception_score(given["logits_x"])
    assert value == pytest.approx(REFERENCE["inception_score"], rel=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_neighbour_scores_equal_prdcs(given, name):
    value = neighbour_scores(given["x"], given["y"])[name]
    assert value == pytest.approx(REFERENCE[name], abs=1e-9)
