"""Reasons why a sound file cannot be used, and files that are sound after all."""

import logging

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.feats.sound_file import (
    UnusableSound,
    read_sound,
    store_sound,
    write_sound,
)

NOISE = 0.1 * np.random.default_rng(0).standard_normal(16000)


def write(path, wave=NOISE, **options):
    soundfile.write(path, wave, 16000, **options)
    return path


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "aiff"])
def test_a_whole_file_is_read(tmp_path, suffix):
    sound, rate = read_sound(write(tmp_path / f"a.{suffix}"))
    assert sound.shape == (16000, 1) and rate == 16000 and sound.dtype == np.float32


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "aiff"])
@pytest.mark.parametrize("kept", [0.85, 0.5, 0.1])
def test_a_file_that_lost_its_end_is_refused(tmp_path, suffix, kept):
    whole = write(tmp_path / f"a.{suffix}").read_bytes()
    cut = tmp_path / f"cut.{suffix}"
    cut.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(UnusableSound, match="truncated|not a sound file"):
        read_sound(cut)


def test_a_part_of_a_long_opus_file_is_sought_and_equal_to_the_bit(
    tmp_path, monkeypatch
):
    long = np.tile(NOISE, 20) * np.linspace(0.1, 1.0, 20 * 16000)
    path = write(tmp_path / "a.opus", long, format="OGG", subtype="OPUS")
    whole, _ = read_sound(path)
    decoded, plain = [], soundfile.SoundFile.read

    def read(file, frames=-1, **options):
        decoded.append(frames)
        return plain(file, frames, **options)

    monkeypatch.setattr(soundfile.SoundFile, "read", read)
    for start in (0.0001, 1.25, 17.77):
        part, _ = read_sound(path, start, start + 1.0)
        first = round(start * 16000)
        assert np.array_equal(part, whole[first : first + len(part)])
    assert sum(decoded) < 4 * 16000  # hours of a podcast are not read for a second


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "aiff"])
def test_a_truncated_file_is_called_truncated(tmp_path, suffix):
    whole = write(tmp_path / f"a.{suffix}").read_bytes()
    cut = tmp_path / f"cut.{suffix}"
    cut.write_bytes(whole[:-20])
    with pytest.raises(UnusableSound, match="truncated"):
        read_sound(cut)


def test_a_wav_that_lost_all_but_its_header_is_truncated(tmp_path):
    cut = tmp_path / "cut.wav"
    cut.write_bytes(write(tmp_path / "a.wav").read_bytes()[:44])
    with pytest.raises(UnusableSound, match="promises 32000 bytes.* holds 0"):
        read_sound(cut)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "FLOAT", "DOUBLE"])
def test_every_width_of_wav_is_read(tmp_path, subtype):
    sound, _ = read_sound(write(tmp_path / "a.wav", subtype=subtype))
    np.testing.assert_allclose(sound[:, 0], NOISE, atol=0.01)


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFF000])
def test_a_wav_from_a_pipe_does_not_know_its_size_and_is_read(tmp_path, size):
    data = bytearray(write(tmp_path / "a.wav").read_bytes())
    data[40:44] = size.to_bytes(4, "little")
    (tmp_path / "a.wav").write_bytes(data)
    assert len(read_sound(tmp_path / "a.wav")[0]) == 16000


def test_chunks_after_the_sound_do_no_harm(tmp_path):
    path = write(tmp_path / "a.wav")
    path.write_bytes(path.read_bytes() + b"LIST\x04\0\0\0abcd")
    assert len(read_sound(path)[0]) == 16000


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"", r"empty file \(0 bytes\)"),
        ("just words, é\n".encode() * 100, "it holds plain text"),
        (bytes(range(256)) * 9, "not a sound file that can be read"),
        (b"RIFF\x10\0\0\0WAVE", "ends before its sound begins"),
    ],
)
def test_what_is_no_sound_file_is_named(tmp_path, content, reason):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(UnusableSound, match=reason):
        read_sound(path)


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(UnusableSound, match="does not exist"):
        read_sound(tmp_path / "none.wav")
    with pytest.raises(UnusableSound, match="does not exist"):
        read_sound(tmp_path)


def test_a_file_without_samples_is_named(tmp_path):
    with pytest.raises(UnusableSound, match="no samples"):
        read_sound(write(tmp_path / "a.wav", np.zeros(0)))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_refused(tmp_path, value):
    wave = NOISE.copy()
    wave[7] = value
    with pytest.raises(UnusableSound, match="not finite"):
        read_sound(write(tmp_path / "a.wav", wave, subtype="FLOAT"))


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg"])
def test_a_segment_is_the_same_part_of_the_whole(tmp_path, suffix):
    path = write(tmp_path / f"a.{suffix}")
    whole, _ = read_sound(path)
    part, _ = read_sound(path, 0.25, 0.5)
    np.testing.assert_array_equal(part, whole[4000:8000])
    rest, _ = read_sound(path, 0.25, -1)
    np.testing.assert_array_equal(rest, whole[4000:])


def test_a_segment_outside_its_file_is_refused_but_rounding_is_not(tmp_path):
    path = write(tmp_path / "a.wav")
    assert len(read_sound(path, 0.5, 1.05)[0]) == 8000
    with pytest.raises(UnusableSound, match="ends at 1.5 s, but the file lasts 1.000"):
        read_sound(path, 0.5, 1.5)
    with pytest.raises(UnusableSound, match="from 2 s holds no samples"):
        read_sound(path, 2.0)


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
    theirs = write(tmp_path / f"b.{suffix}", subtype="PCM_16")
    assert (tmp_path / f"a.{suffix}").read_bytes() == theirs.read_bytes()
