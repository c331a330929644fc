"""Interpolation between any two rates: against sines, torchaudio, and bounds."""

import resource

import numpy as np
import pytest
import torch

from espnet2.gen_audio.feats import sinc
from espnet2.gen_audio.feats.sinc import sinc_interpolate


def sine(rate, hertz, seconds=1.0):
    return np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)


@pytest.mark.parametrize("rate", [44101, 47999, 96001, 22051, 15999, 1009, 767999])
@pytest.mark.parametrize("part", [0.02, 0.4])
def test_a_sine_becomes_the_same_sine_at_the_new_rate(rate, part):
    hertz = part * min(rate, 16000) / 2
    wave = sinc_interpolate(sine(rate, hertz), rate, 16000)
    assert wave.dtype == np.float32 and len(wave) == 16000
    middle = slice(1600, -1600)
    # -50 dB: what a window of six zero crossings leaves in the pass band
    np.testing.assert_allclose(wave[middle], sine(16000, hertz)[middle], atol=3e-3)


@pytest.mark.parametrize("rate", [44101, 47999, 96001])
def test_what_lies_above_half_the_new_rate_is_removed(rate):
    wave = sinc_interpolate(sine(rate, 12000), rate, 16000)
    assert np.abs(wave[1600:-1600]).max() < 3e-3


@pytest.mark.parametrize(
    "rates", [(48000, 16000), (44100, 16000), (8000, 16000), (11025, 16000), (3, 2)]
)
@pytest.mark.parametrize("length", [1, 7, 5000])
def test_it_is_the_filter_of_torchaudio(rates, length):
    from torchaudio.functional import resample

    wave = np.random.default_rng(0).standard_normal(length).astype(np.float32)
    theirs = resample(torch.from_numpy(wave), *rates).numpy()
    # torchaudio rounds the phases to float32; ours do not
    np.testing.assert_allclose(sinc_interpolate(wave, *rates), theirs, atol=1e-4)


def test_ten_seconds_of_any_rate_take_little_memory():
    sinc_interpolate(np.zeros(100), 44101, 16000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for rate in (44101, 47999, 96001):
        wave = sinc_interpolate(np.zeros(10 * rate), rate, 16000)
        assert len(wave) == 160000
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert used < 200_000  # kB; torchaudio's kernel alone takes 5 GB


@pytest.mark.parametrize(
    "rates", [(48000, 16000), (44100, 16000), (22050, 16000), (16000, 44100), (3, 2)]
)
@pytest.mark.parametrize("length", [1, 1000, 100_000, 131_072])
def test_pieces_join_to_what_torchaudio_makes_of_the_whole(rates, length, monkeypatch):
    from torchaudio.functional import resample

    monkeypatch.setattr(sinc, "_PIECE", 10_000)
    wave = np.random.default_rng(0).standard_normal(length).astype(np.float32)
    whole = resample(torch.from_numpy(wave), *rates).numpy()
    pieces = sinc.resample_in_pieces(wave, *rates)
    np.testing.assert_allclose(pieces, whole, rtol=0, atol=1e-6)  # joins included
