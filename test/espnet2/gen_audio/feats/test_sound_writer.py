"""Writing sounds: bits kept, peaks lowered aloud, wrong numbers refused."""

import logging

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.feats.sound_writer import store_sound, write_sound

NOISE = 0.1 * np.random.default_rng(0).standard_normal(16000)


def test_a_wave_that_would_clip_is_lowered_and_reported(tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    write_sound(tmp_path / "a.wav", np.array([0.0, 2.0, -1.0]), 16000)
    wave, _ = soundfile.read(tmp_path / "a.wav")
    np.testing.assert_allclose(wave, [0.0, 1.0, -0.5], atol=1e-4)
    assert "peak 2.00" in caplog.text


def test_a_wave_that_is_not_finite_is_refused_by_file(tmp_path):
    with pytest.raises(RuntimeError, match="a.wav"):
        write_sound(tmp_path / "a.wav", np.array([0.0, np.nan]), 16000)


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_a_stored_file_is_what_libsndfile_writes(tmp_path, suffix):
    store_sound(tmp_path / f"a.{suffix}", NOISE, 16000)
    soundfile.write(tmp_path / f"b.{suffix}", NOISE, 16000, subtype="PCM_16")
    stored, theirs = (tmp_path / f"{name}.{suffix}" for name in "ab")
    assert stored.read_bytes() == theirs.read_bytes()
