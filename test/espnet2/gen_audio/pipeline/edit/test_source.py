"""Given sounds: unchanged where they fit, converted where they do not."""

import numpy as np
import pytest
import soundfile
import torch

from espnet2.gen_audio.feats.sound_writer import write_sound
from espnet2.gen_audio.pipeline.edit.source import Source


def test_a_mono_file_of_the_rate_comes_and_goes_bit_by_bit(tmp_path):
    pcm = np.random.RandomState(0).randint(-32768, 32768, 4000).astype(np.int16)
    soundfile.write(tmp_path / "in.wav", pcm, 16000, "PCM_16")
    source = Source.from_file(tmp_path / "in.wav", 16000)
    write_sound(tmp_path / "out.flac", source.wave.numpy(), 16000)
    again, _ = soundfile.read(tmp_path / "out.flac", dtype="int16")
    assert (again == pcm).all() and source.rate_before == 16000


def test_other_rates_and_channels_are_converted(tmp_path):
    stereo = np.random.RandomState(0).randn(800, 2) * 0.1
    soundfile.write(tmp_path / "in.wav", stereo, 8000)
    source = Source.from_file(tmp_path / "in.wav", 16000)
    assert source.wave.shape == (1600,) and source.rate_before == 8000


def test_a_crop_is_at_the_level_of_training_and_comes_back_at_its_own(source):
    crop = source.crop(1000, 5000, 6000)
    assert crop.wave.shape == (6000,)
    assert crop.wave[:4000].abs().max() == pytest.approx(0.5)
    assert abs(crop.wave[:4000].mean()) < 1e-6
    # mirrored behind its end
    assert torch.equal(crop.wave[4000:5000], crop.wave[3000:4000].flip(0))
    own = crop.at_own_level(crop.wave[:4000])
    torch.testing.assert_close(own, source.wave[1000:5000])


def test_silence_stays_silence():
    crop = Source(torch.zeros(100), 16000).crop(0, 100, 200)
    assert (crop.wave == 0).all() and crop.gain == 1.0


@pytest.mark.parametrize("bad", [np.full(9, np.nan), np.zeros((4, 2)), np.zeros(0)])
def test_samples_that_are_no_sound_are_refused(bad):
    with pytest.raises(ValueError, match="one channel of finite"):
        Source.from_wave(bad, 16000, 16000)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match="none.wav: the file does not exist"):
        Source.from_file(tmp_path / "none.wav", 16000)


def test_samples_at_another_rate_are_resampled():
    source = Source.from_wave(np.ones(80), 8000, 16000)
    assert len(source) == 160
