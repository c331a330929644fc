"""Mel-cepstra against their definition, warping paths, distortion and F0 error."""

import itertools

import numpy as np
import pytest

from espnet2.gen_audio.metrics.mel_cepstral import (
    SpeechFrames,
    mel_cepstra,
    speech_distance,
    speech_frames,
    warping_path,
)

RATE = 16000


def smooth_power(seed):
    """Return a power spectrum whose logarithm is a short cosine series."""
    rng = np.random.default_rng(seed)
    weights = rng.normal(0, 0.5, 6)
    omega = np.linspace(0, np.pi, 513)
    amplitude = sum(w * np.cos(n * omega) for n, w in enumerate(weights))
    return np.exp(2 * amplitude)[None], weights


def test_without_warping_they_are_the_cepstrum_of_the_amplitude():
    power, weights = smooth_power(0)
    np.testing.assert_allclose(mel_cepstra(power, 5, 0.0)[0], weights, atol=1e-12)


@pytest.mark.parametrize("alpha", [0.42, 0.55])
def test_they_are_the_cosine_series_of_the_log_amplitude_on_the_warped_axis(alpha):
    power, _ = smooth_power(1)
    omega = np.linspace(0, np.pi, 513)
    warped = omega + 2 * np.arctan2(alpha * np.sin(omega), 1 - alpha * np.cos(omega))
    coefficients = mel_cepstra(power, 120, alpha)[0]
    series = sum(c * np.cos(m * warped) for m, c in enumerate(coefficients))
    np.testing.assert_allclose(series, np.log(power[0]) / 2, atol=1e-6)


def cost(x, y, rows, others):
    return np.linalg.norm(x[rows] - y[others], axis=1).sum()


def test_a_path_goes_from_end_to_end_by_single_steps():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(7, 3)), rng.normal(size=(5, 3))
    rows, others = warping_path(x, y)
    assert (rows[0], others[0], rows[-1], others[-1]) == (0, 0, 6, 4)
    steps = set(zip(np.diff(rows), np.diff(others)))
    assert steps <= {(0, 1), (1, 0), (1, 1)}


def test_no_other_path_costs_less():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(4, 2)), rng.normal(size=(3, 2))
    best = np.inf
    for length in range(3, 7):
        for moves in itertools.product([(0, 1), (1, 0), (1, 1)], repeat=length):
            places = np.cumsum([(0, 0), *moves], axis=0)
            if tuple(places[-1]) == (3, 2) and (places <= (3, 2)).all():
                best = min(best, cost(x, y, places[:, 0], places[:, 1]))
    assert cost(x, y, *warping_path(x, y)) == pytest.approx(best)


def test_a_slower_repetition_is_aligned_without_loss():
    x = np.random.default_rng(4).normal(size=(6, 2))
    rows, others = warping_path(x, np.repeat(x, 2, axis=0))
    assert cost(x, np.repeat(x, 2, axis=0), rows, others) == 0


def test_an_empty_clip_cannot_be_aligned():
    with pytest.raises(ValueError, match="0 and 3 frames"):
        warping_path(np.zeros((0, 2)), np.zeros((3, 2)))


def test_distortion_is_that_of_the_formula_and_symmetric():
    x = SpeechFrames(np.zeros((3, 2)), np.zeros(3))
    y = SpeechFrames(np.full((3, 2), 0.5), np.zeros(3))
    expected = 10 / np.log(10) * np.sqrt(2 * 0.5)
    assert speech_distance(x, y).mcd == pytest.approx(expected)
    assert speech_distance(y, x).mcd == pytest.approx(expected)
    assert np.isnan(speech_distance(x, y).log_f0_rmse)  # no frame is voiced


def voice(pitch, seconds=0.6):
    """Return a buzz of harmonics that fall off, with a little noise."""
    time = np.arange(int(seconds * RATE)) / RATE
    harmonics = range(1, int(3000 / pitch))
    tone = sum(np.sin(2 * np.pi * n * pitch * time) / n for n in harmonics)
    return 0.2 * tone + np.random.default_rng(0).normal(0, 1e-3, len(time))


def test_a_clip_is_no_distance_from_itself():
    pytest.importorskip("pyworld")
    frames = speech_frames(voice(120), RATE)
    found = speech_distance(frames, frames)
    assert (found.mcd, found.log_f0_rmse) == (0, 0)
    assert frames.cepstra.shape == (len(frames.f0), 24)


def test_an_octave_is_the_logarithm_of_two_and_distorts_the_spectrum_little():
    pytest.importorskip("pyworld")
    low, high = speech_frames(voice(110), RATE), speech_frames(voice(220), RATE)
    middle = slice(5, -5)  # Harvest is unsure at the ends
    low, high = (SpeechFrames(f.cepstra[middle], f.f0[middle]) for f in (low, high))
    found = speech_distance(low, high)
    assert found.log_f0_rmse == pytest.approx(np.log(2), abs=0.01)
    noise = np.random.default_rng(1).normal(0, 0.1, int(0.6 * RATE))
    assert found.mcd < speech_distance(low, speech_frames(noise, RATE)).mcd


def test_noise_that_nobody_hears_in_a_silence_counts_little():
    pytest.importorskip("pyworld")
    filled = np.concatenate([voice(120), np.zeros(RATE)])
    faint = filled + np.random.default_rng(2).normal(0, 2e-5, len(filled))
    clips = [speech_frames(wave, RATE) for wave in (filled, faint)]
    assert speech_distance(*clips).mcd < 0.5


def test_a_rate_without_a_known_analysis_is_refused():
    with pytest.raises(ValueError, match="8000 Hz: the rates are 16000"):
        speech_frames(np.zeros(800), 8000)
