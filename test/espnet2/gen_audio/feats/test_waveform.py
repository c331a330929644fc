"""Reading as one channel and one rate, and the peak level."""

import math

import numpy as np
import pytest
import soundfile
import torch

from espnet2.gen_audio.feats import waveform
from espnet2.gen_audio.feats.waveform import normalise_peak, read_waveform, resample


def tone(rate, seconds=0.5, hertz=440.0):
    time = np.arange(round(rate * seconds)) / rate
    return (0.4 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg"])
def test_every_format_and_rate_becomes_the_same_tone(tmp_path, rate, suffix):
    path = tmp_path / f"tone.{suffix}"
    soundfile.write(path, tone(rate), rate)
    wave = read_waveform(path, 16000)
    assert wave.dtype == np.float32 and abs(len(wave) - 8000) <= 1
    middle = slice(1000, 7000)
    np.testing.assert_allclose(wave[middle], tone(16000)[middle], atol=0.03)


def test_two_channels_are_averaged_unless_one_is_named(tmp_path):
    left = tone(16000)
    soundfile.write(
        tmp_path / "a.wav", np.stack([left, 0 * left], 1), 16000, subtype="FLOAT"
    )
    np.testing.assert_allclose(read_waveform(tmp_path / "a.wav", 16000), left / 2)
    right = read_waveform(tmp_path / "a.wav", 16000, channel=1)
    assert not right.any()
    with pytest.raises(ValueError, match="has 2 channels; channel 2"):
        read_waveform(tmp_path / "a.wav", 16000, channel=2)


def test_a_part_is_cut_in_seconds(tmp_path):
    wave = tone(16000)
    soundfile.write(tmp_path / "a.wav", wave, 16000, subtype="FLOAT")
    part = read_waveform(tmp_path / "a.wav", 16000, start=0.1, end=0.3)
    np.testing.assert_array_equal(part, wave[1600:4800])


@pytest.mark.parametrize(
    "rate", [8000, 11025, 22050, 24000, 32000, 44100, 48000, 96000]
)
@pytest.mark.parametrize("new_rate", [16000, 48000])
def test_usual_rates_are_resampled_by_torchaudio_to_the_bit(rate, new_rate):
    from torchaudio.functional import resample as theirs

    wave = tone(rate) + np.random.default_rng(0).standard_normal(rate // 2)
    wave = wave.astype(np.float32)
    expected = wave if rate == new_rate else theirs(torch.tensor(wave), rate, new_rate)
    np.testing.assert_array_equal(resample(wave, rate, new_rate), np.asarray(expected))


@pytest.mark.parametrize("rate", [44101, 47999, 96001, 22254, 767999])
def test_rates_without_a_common_divisor_become_the_same_tone_too(rate):
    wave = resample(tone(rate), rate, 16000)
    assert wave.dtype == np.float32
    assert len(wave) == math.ceil(round(rate / 2) * 16000 / rate)
    np.testing.assert_allclose(wave[1000:7000], tone(16000)[1000:7000], atol=2e-3)


@pytest.mark.parametrize("rates", [(0, 16000), (16000, 0), (2**31 - 1, 16000), (8, -8)])
def test_rates_that_no_sound_has_are_refused(rates):
    with pytest.raises(
        ValueError, match=f"from {rates[0]} to {rates[1]} Hz: rates from"
    ):
        resample(np.zeros(10), *rates)


def test_a_long_sound_is_resampled_in_pieces(monkeypatch):
    wave = np.random.default_rng(0).standard_normal(50_000).astype(np.float32)
    whole = resample(wave, 44100, 16000)
    monkeypatch.setattr(waveform, "_LONG", 40_000)
    calls = []
    monkeypatch.setattr(
        waveform, "resample_in_pieces", lambda *given: calls.append(given) or whole
    )
    assert resample(wave, 44100, 16000) is whole and len(calls) == 1
    resample(wave[:40_000], 44100, 16000)
    resample(wave[:10_000], 8000, 44100)  # long at the new rate
    assert len(calls) == 2


def test_resampling_keeps_the_length_in_seconds():
    assert len(resample(np.zeros(44100, dtype=np.float32), 44100, 16000)) == 16000


def test_the_peak_is_a_half_and_the_mean_is_gone():
    wave = normalise_peak(tone(16000) * 0.01 + 0.3)
    assert np.abs(wave).max() == pytest.approx(0.5, abs=1e-4)
    assert abs(wave.mean()) < 0.01
    assert wave.dtype == np.float32


def test_silence_stays_silence():
    assert not normalise_peak(np.zeros(100, dtype=np.float32)).any()


def test_numbers_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="not finite"):
        normalise_peak(np.array([0.0, np.nan], dtype=np.float32))


def test_a_file_that_cannot_be_used_is_named(tmp_path):
    with pytest.raises(ValueError, match="nowhere.wav: the file does not exist"):
        read_waveform(tmp_path / "nowhere.wav", 16000)
