"""Predicted opinions: speech above noise, and equal to the package's own program."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.speech_evaluation.cached_results import read_speech
from espnet2.gen_audio.metrics.speech_evaluation.predicted_mos import DistillMos, DnsMos


def opened(predictor):
    try:
        return predictor()
    except RuntimeError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("predictor", [DistillMos, DnsMos])
def test_speech_has_a_higher_opinion_than_noise(predictor, digits):
    predict = opened(predictor)
    noise = np.random.default_rng(0).normal(0, 0.1, 32000).astype(np.float32)
    wave = read_speech(digits)
    assert 1 <= predict(noise) < predict(wave) - 0.5 <= 5


def test_dnsmos_equals_its_package(digits):
    predict = opened(DnsMos)
    theirs = pytest.importorskip("speechmos.dnsmos")
    wave = read_speech(digits)
    expected = theirs.run(wave, 16000)["ovrl_mos"]
    assert predict(wave) == pytest.approx(expected, abs=1e-4)
