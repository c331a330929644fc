"""Predicted opinions: speech above noise, and equal to the package's own program."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.predicted_mos import PREDICTORS, DnsMos
from espnet2.gen_audio.metrics.speech_reader import hear_speech


def opened(predictor):
    try:
        return predictor()
    except RuntimeError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", PREDICTORS)
def test_speech_is_liked_more_than_noise(name, spoken):
    predict = opened(PREDICTORS[name])
    noise = np.random.default_rng(0).normal(0, 0.1, 32000).astype(np.float32)
    wave = hear_speech(spoken)
    assert 1 <= predict(noise) < predict(wave) - 0.5 <= 5


def test_dnsmos_equals_its_package(spoken):
    predict = opened(DnsMos)
    theirs = pytest.importorskip("speechmos.dnsmos")
    wave = hear_speech(spoken)
    expected = theirs.run(wave, 16000)["ovrl_mos"]
    assert predict(wave) == pytest.approx(expected, abs=1e-4)
