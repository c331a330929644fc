"""An open file: bounded blocks, exact ranges, promises that are not kept."""

import io

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.feats import sound_reader
from espnet2.gen_audio.feats.containers.extent import Patch
from espnet2.gen_audio.feats.sound_limits import UnusableSound
from espnet2.gen_audio.feats.sound_reader import SoundReader

NOISE = 0.1 * np.random.default_rng(0).standard_normal(16000)


def write(path, wave=NOISE, **options):
    soundfile.write(path, wave, 16000, **options)
    return path


def read(path, start=None, end=None):
    with SoundReader(path) as reader:
        return np.concatenate(list(reader.blocks(*reader.range_of(start, end))))


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "aiff"])
def test_a_whole_file_is_read(tmp_path, suffix):
    sound = read(write(tmp_path / f"a.{suffix}"))
    assert sound.shape == (16000, 1) and sound.dtype == np.float32


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "aiff"])
@pytest.mark.parametrize("kept", [0.85, 0.5, 0.1])
def test_a_file_that_lost_its_end_is_refused(tmp_path, suffix, kept):
    whole = write(tmp_path / f"a.{suffix}").read_bytes()
    cut = tmp_path / f"cut.{suffix}"
    cut.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(UnusableSound, match="truncated"):
        read(cut)


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "aiff"])
def test_a_truncated_file_is_called_truncated(tmp_path, suffix):
    whole = write(tmp_path / f"a.{suffix}").read_bytes()
    cut = tmp_path / f"cut.{suffix}"
    cut.write_bytes(whole[:-20])
    with pytest.raises(UnusableSound, match="truncated"):
        read(cut)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "FLOAT", "DOUBLE"])
def test_every_width_of_wav_is_read(tmp_path, subtype):
    sound = read(write(tmp_path / "a.wav", subtype=subtype))
    np.testing.assert_allclose(sound[:, 0], NOISE, atol=0.01)


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "opus", "mp3"])
def test_blocks_are_bounded_and_equal_to_one_read(tmp_path, suffix, monkeypatch):
    options = {"format": "OGG", "subtype": "OPUS"} if suffix == "opus" else {}
    path = write(tmp_path / f"a.{suffix}", np.stack([NOISE, 0.5 * NOISE], 1), **options)
    with soundfile.SoundFile(path) as file:
        whole = file.read(dtype="float32")
    monkeypatch.setattr(sound_reader, "_BLOCK", 1000)
    with SoundReader(path) as reader:
        blocks = list(reader.blocks(0, reader.frames))
    assert max(len(block) for block in blocks) == 500
    np.testing.assert_array_equal(np.concatenate(blocks), whole)


def test_a_part_of_a_long_opus_file_is_sought_and_equal_to_the_bit(
    tmp_path, monkeypatch
):
    long = np.tile(NOISE, 20) * np.linspace(0.1, 1.0, 20 * 16000)
    path = write(tmp_path / "a.opus", long, format="OGG", subtype="OPUS")
    whole = read(path)
    decoded, plain = [], soundfile.SoundFile.read

    def count(file, frames=-1, **options):
        decoded.append(frames)
        return plain(file, frames, **options)

    monkeypatch.setattr(soundfile.SoundFile, "read", count)
    for start in (0.0001, 1.25, 17.77):
        part = read(path, start, start + 1.0)
        first = round(start * 16000)
        np.testing.assert_array_equal(part, whole[first : first + len(part)])
    assert sum(decoded) < 4 * 16000  # hours of a podcast are not read for a second


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_ranges_may_be_read_in_any_order(tmp_path, suffix):
    path = write(tmp_path / f"a.{suffix}")
    whole = read(path)
    with SoundReader(path) as reader:
        for first, last in ((9000, 9500), (10000, 12000), (100, 200)):
            (block,) = reader.blocks(first, last)
            np.testing.assert_array_equal(block, whole[first:last])


def test_a_length_that_flac_does_not_state_is_found_by_decoding(tmp_path):
    path = write(tmp_path / "a.flac")
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    path.write_bytes(content)
    with SoundReader(path) as reader:
        assert reader.frames is None
    assert len(read(path)) == 16000
    assert len(read(path, 0.75, 1.05)) == 4000
    for start, end, reason in (
        (0.5, 1.5, "ends at 1.5 s, but the file lasts 1.000 s"),
        (2.0, 3.0, "from 2 s holds no samples: the file lasts 1.000 s"),
    ):
        with pytest.raises(UnusableSound, match=reason):
            read(path, start, end)


@pytest.mark.parametrize(
    "start, end, reason",
    [
        (0.5, 1.5, "ends at 1.5 s, but the file lasts 1.000 s; correct start and end"),
        (2.0, None, "from 2 s holds no samples: the file lasts 1.000 s"),
        (0.5, 0.5, "from 0.5 s holds no samples"),
        (-0.5, None, "out of bounds: it goes from -0.5 s"),
        (float("nan"), 1.0, "out of bounds"),
        (0.0, float("inf"), "out of bounds"),
    ],
)
def test_a_segment_outside_its_file_is_refused(tmp_path, start, end, reason):
    with pytest.raises(UnusableSound, match=reason):
        read(write(tmp_path / "a.wav"), start, end)


def test_a_segment_may_end_behind_its_file_by_rounding(tmp_path):
    path = write(tmp_path / "a.wav")
    assert len(read(path, 0.5, 1.05)) == 8000
    assert len(read(path, 0.25, -1)) == 12000


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"", "empty file: 0 bytes"),
        ("just words, é\n".encode() * 100, "it holds plain text"),
        (bytes(range(256)) * 9, "not a sound file that can be read: Format not recog"),
        (b"\xff\xe4" + bytes(500), "its header makes no sense"),
    ],
)
def test_what_is_no_sound_file_is_named(tmp_path, content, reason):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(UnusableSound, match=reason):
        SoundReader(path)


@pytest.mark.parametrize("suffix", ["raw", "au", "snd", "vox", "gsm"])
def test_noise_is_not_taken_for_raw_samples_by_its_name(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(np.random.default_rng(2).bytes(3000))
    with pytest.raises(UnusableSound, match="no header that states rate and width"):
        SoundReader(path)


def test_a_file_without_samples_is_named(tmp_path):
    with pytest.raises(UnusableSound, match="no samples"):
        SoundReader(write(tmp_path / "a.wav", np.zeros(0)))


def test_a_rate_out_of_bounds_is_refused_before_anything_is_decoded(tmp_path):
    path = write(tmp_path / "a.wav")
    content = bytearray(path.read_bytes())
    content[24:28] = (12345677).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(UnusableSound, match="12345677 Hz"):
        SoundReader(path)


@pytest.mark.parametrize("size", [1, 3, 16, 100])
def test_a_patch_is_read_whatever_the_reader_asks_for(tmp_path, size):
    path = tmp_path / "a"
    path.write_bytes(bytes(range(100)))
    expected = bytes(range(10)) + b"\xaa\xbb\xcc\xdd" + bytes(range(14, 100))
    with sound_reader._PatchedFile(path, Patch(10, b"\xaa\xbb\xcc\xdd")) as file:
        for start in (0, 11, 13, 14):
            file.seek(start)
            buffer = bytearray(size)
            count = file.readinto(buffer)
            assert bytes(buffer[:count]) == expected[start : start + size]
        assert file.seek(0, io.SEEK_END) == 100
