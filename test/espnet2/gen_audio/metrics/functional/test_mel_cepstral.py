"""Mel-cepstra against their definition, warping paths, distortion and F0 error."""

import itertools

import numpy as np
import pytest

from espnet2.gen_audio.metrics.functional.mel_cepstral import (
    SpeechFrames,
    mel_cepstra,
    speech_distance,
    warping_path,
)


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


def plain_path(x, y):
    """Return the path by dynamic programming, diagonal steps first on a tie."""
    costs = np.sqrt(np.square(x[:, None] - y[None]).sum(-1)).tolist()
    above, steps = [0.0] + [np.inf] * len(y), []
    for line in costs:
        row, step = [np.inf], []
        for place, one in enumerate(line, 1):
            least, move = min(
                (above[place - 1], 0), (above[place], 1), (row[place - 1], 2)
            )
            row.append(least + one)
            step.append(move)
        steps.append(step)
        above = row
    i, j = len(x) - 1, len(y) - 1
    path = [(i, j)]
    while i or j:
        move = steps[i][j]
        i, j = i - (move != 2), j - (move != 1)
        path.append((i, j))
    return np.array(path[::-1]).T


@pytest.mark.parametrize("with_ties", [False, True])
def test_librosas_path_is_that_of_plain_dynamic_programming(with_ties):
    rng = np.random.default_rng(5)
    for _ in range(50):
        x, y = (rng.normal(size=(n, 3)) for n in rng.integers(1, 25, 2))
        if with_ties:
            x, y = np.round(x), np.round(y)
        np.testing.assert_array_equal(warping_path(x, y), plain_path(x, y))


@pytest.mark.parametrize("alpha", [0.0, 0.42])
def test_the_filters_powers_are_those_of_the_published_recursion(alpha):
    rows, row = [], np.eye(1, 24)[0]
    for _ in range(200):
        rows.append(row)
        new = alpha * row
        for m in range(1, 24):
            new[m] = row[m - 1] + alpha * (row[m] - new[m - 1])
        row = new
    power = np.exp(np.random.default_rng(6).normal(0, 0.1, (2, 200)))
    cepstra = np.fft.irfft(np.log(power))[:, :200]
    cepstra[:, [0, -1]] /= 2
    np.testing.assert_allclose(
        mel_cepstra(power, 23, alpha), cepstra @ np.array(rows), atol=1e-14
    )
