"""Reading as one channel and one rate, and the peak level."""

import numpy as np
import pytest
import soundfile

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
