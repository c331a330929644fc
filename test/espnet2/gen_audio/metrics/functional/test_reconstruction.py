"""Reconstruction: scaled and noisy sounds have the distances of closed forms."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.functional.reconstruction import si_sdr, stft_distance

WAVE = np.random.default_rng(0).normal(0, 0.1, 8000)


def test_a_louder_copy_differs_by_its_gain_alone():
    assert stft_distance(2 * WAVE, WAVE) == pytest.approx(1 + np.log(2), rel=1e-6)
    assert stft_distance(WAVE, WAVE) == 0
    assert si_sdr(2 * WAVE, WAVE) > 100


def test_orthogonal_noise_gives_the_ratio_of_powers():
    noise = np.random.default_rng(1).normal(0, 0.1, 8000)
    noise -= WAVE * (noise @ WAVE) / (WAVE @ WAVE)
    expected = 10 * np.log10((WAVE @ WAVE) / (noise @ noise))
    assert si_sdr(WAVE + noise, WAVE) == pytest.approx(expected, abs=1e-6)


def test_sounds_shorter_than_a_window_are_compared_and_unequal_lengths_refused():
    assert stft_distance(WAVE[:100], WAVE[:100]) == 0
    with pytest.raises(ValueError, match="not a pair"):
        si_sdr(WAVE[:10], WAVE)
