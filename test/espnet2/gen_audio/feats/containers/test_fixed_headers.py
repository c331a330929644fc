"""Headers of fixed form, compared with what libsndfile writes."""

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.feats.containers.extent import Extent, Patch
from espnet2.gen_audio.feats.containers.fixed_headers import HEAD_BYTES, fixed_header


def whole(path, container, subtype="PCM_16", channels=1):
    soundfile.write(path, np.zeros((1000, channels)), 16000, subtype, format=container)
    return path.read_bytes()


def promised(content):
    return fixed_header(content[:HEAD_BYTES], len(content))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    "container, subtype, rest",
    [
        ("AU", "PCM_16", 0),
        ("AU", "PCM_24", 0),
        ("NIST", "PCM_16", 0),
        ("NIST", "PCM_24", 0),
        ("AVR", "PCM_16", 0),
        ("AVR", "PCM_U8", 0),
        ("MPC2K", "PCM_16", 0),
        ("VOC", "PCM_16", 1),  # the mark of the end
    ],
)
def test_a_whole_file_holds_what_its_header_promises(
    tmp_path, container, subtype, rest, channels
):
    content = whole(tmp_path / "a", container, subtype, channels)
    extent = promised(content)
    assert extent.first + extent.length == len(content) - rest


@pytest.mark.parametrize(
    "container, subtype", [("WVE", "ALAW"), *(("SDS", f"PCM_{n}") for n in (16, 24))]
)
def test_containers_of_one_channel_as_well(tmp_path, container, subtype):
    content = whole(tmp_path / "a", container, subtype)
    assert sum(promised(content)[:2]) == len(content)


def test_packets_of_sds_are_counted_for_eight_bits_too(tmp_path):
    content = whole(tmp_path / "a", "SDS", "PCM_S8")
    assert sum(promised(content)[:2]) == len(content)


def test_the_length_of_an_instrument_is_read_where_it_is_stated(tmp_path):
    content = bytearray(whole(tmp_path / "a", "XI", "DPCM_16"))
    assert promised(bytes(content)) == Extent(338, 0)  # libsndfile writes none
    content[298:302] = (2000).to_bytes(4, "little")
    assert promised(bytes(content)) == Extent(338, 2000)


def test_au_of_unknown_length_is_read_to_its_end(tmp_path):
    content = whole(tmp_path / "a", "AU")
    assert promised(content[:8] + b"\xff" * 4 + content[12:]) == Extent(24, 0)
    zero = promised(content[:8] + bytes(4) + content[12:])
    assert zero == Extent(24, 0, patch=Patch(8, b"\xff" * 4))


@pytest.mark.parametrize("container", ["PAF", "PVF", "IRCAM"])
def test_containers_without_a_length_promise_nothing(tmp_path, container):
    assert promised(whole(tmp_path / "a", container)) is None


@pytest.mark.parametrize(
    "magic", [b".snd", b"NIST_1A\n", b"Creative Voice File\x1a", b"2BIT", b"\xf0\x7e"]
)
def test_a_header_that_is_cut_does_no_harm(magic):
    extent = fixed_header(magic, len(magic))
    assert extent is None or extent.length == 0
