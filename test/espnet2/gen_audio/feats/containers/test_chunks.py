"""Chunks: the one with the sound is found, and sizes that say nothing are told."""

import io

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.feats.containers.chunks import sound_chunk
from espnet2.gen_audio.feats.containers.extent import Extent, Patch
from espnet2.gen_audio.feats.sound_limits import UnusableSound


def whole(container, subtype="PCM_16"):
    file = io.BytesIO()
    soundfile.write(file, np.zeros(1000), 16000, subtype, format=container)
    return file.getvalue()


def found(content):
    return sound_chunk(io.BytesIO(content), len(content))


@pytest.mark.parametrize("container", ["WAV", "WAVEX", "RF64", "W64", "AIFF", "CAF"])
def test_the_sound_of_a_whole_file_ends_where_the_file_does(container):
    content = whole(container)
    extent = found(content)
    assert extent.first + extent.length == len(content) and extent.length >= 2000
    extent.refuse_missing(len(content))
    with pytest.raises(UnusableSound, match="truncated"):
        extent.refuse_missing(len(content) - 1)


def test_chunks_before_the_sound_are_passed_over_with_their_padding():
    content = whole("WAV")
    odd = b"note\x03\0\0\0abc\0"
    assert found(content[:36] + odd + content[36:]).first == 44 + len(odd)


def riff(size, after=b""):
    content = whole("WAV")
    return content[:40] + size.to_bytes(4, "little") + after


@pytest.mark.parametrize("size", [0x7FFF0000, 0x80000000, 0xFFFFFFFF])
def test_a_size_that_means_unknown_promises_nothing(size):
    assert found(riff(size, bytes(7))) == Extent(44, 0)


def test_samples_behind_a_size_of_zero_are_measured_by_the_file():
    samples = np.arange(-500, 500, dtype="<i2").tobytes()
    expected = Extent(44, 0, patch=Patch(40, (2000).to_bytes(4, "little")))
    assert found(riff(0, samples)) == expected


@pytest.mark.parametrize("after", [b"", b"LIST\x04\0\0\0abcd", b"id3 \x03\0\0\0abc"])
def test_a_size_of_zero_with_chunks_or_nothing_behind_it_is_zero(after):
    assert found(riff(0, after)) == Extent(44, 0)


def test_the_big_sizes_of_w64_and_caf_are_patched_in_their_own_form():
    content = bytearray(whole("CAF"))
    start = content.rindex(b"data") + 4
    held = len(content) - start - 8
    content[start : start + 8] = bytes(8)
    assert found(bytes(content)).patch == Patch(start, held.to_bytes(8, "big"))
    content = bytearray(whole("W64"))
    start = content.rindex(b"data") + 16
    content[start : start + 8] = (24).to_bytes(8, "little")
    assert found(bytes(content)).patch == Patch(start, (2024).to_bytes(8, "little"))


@pytest.mark.parametrize(
    "content", [b"RIFF\x10\0\0\0WAVE", b"FORM", b"RIFF\0\0\0\0WAVE" + bytes(500_000)]
)
def test_a_file_without_a_sound_chunk_ends_before_its_sound(content):
    with pytest.raises(UnusableSound, match="ends before its sound begins"):
        found(content)
