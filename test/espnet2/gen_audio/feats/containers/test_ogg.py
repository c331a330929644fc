"""Pages of Ogg: checksums, holes, second streams, and a missing mark of the end."""

import io

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.feats.containers.ogg import check_pages, checksum
from espnet2.gen_audio.feats.sound_limits import UnusableSound


def stream(seed=0, subtype="VORBIS"):
    file = io.BytesIO()
    wave = 0.1 * np.random.default_rng(seed).standard_normal(48000)
    soundfile.write(file, wave, 16000, subtype, format="OGG")
    return file.getvalue()


WHOLE = stream()
STARTS = [n for n in range(len(WHOLE)) if WHOLE.startswith(b"OggS\0", n)]


def check(content):
    check_pages(io.BytesIO(content), len(content))


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_a_whole_stream_passes(subtype):
    check(stream(subtype=subtype))


def test_the_checksum_is_that_of_rfc_3533():
    def slow(page):
        register = 0
        for byte in page[:22] + bytes(4) + page[26:]:
            register ^= byte << 24
            for _ in range(8):
                carry = register & 0x80000000
                register = (register << 1 & 0xFFFFFFFF) ^ (0x04C11DB7 if carry else 0)
        return register

    page = WHOLE[STARTS[0] : STARTS[1]]
    stated = int.from_bytes(page[22:26], "little")
    assert checksum(page) == slow(page) == stated


def test_a_missing_mark_of_the_end_is_no_fault():
    last = bytearray(WHOLE[STARTS[-1] :])
    last[5] &= ~4
    last[22:26] = checksum(bytes(last)).to_bytes(4, "little")
    check(WHOLE[: STARTS[-1]] + bytes(last))


@pytest.mark.parametrize("short", [1, 30, len(WHOLE) - STARTS[-1] - 2])
def test_a_cut_page_is_truncated(short):
    with pytest.raises(
        UnusableSound, match=f"truncated: the Ogg page at.*{STARTS[-1]}"
    ):
        check(WHOLE[: len(WHOLE) - short])


@pytest.mark.parametrize("place", [STARTS[1] + 40, STARTS[-1] - 1, len(WHOLE) - 1])
def test_any_changed_byte_of_a_page_is_noticed(place):
    bent = WHOLE[:place] + bytes([WHOLE[place] ^ 4]) + WHOLE[place + 1 :]
    with pytest.raises(UnusableSound, match="damaged: the checksum"):
        check(bent)


def test_a_missing_page_is_noticed():
    with pytest.raises(UnusableSound, match="damaged: Ogg page .* a part is missing"):
        check(WHOLE[: STARTS[-2]] + WHOLE[STARTS[-1] :])


def test_bytes_between_pages_are_damage_and_after_the_end_they_are_not():
    with pytest.raises(UnusableSound, match=f"no Ogg page at byte {STARTS[-1]}"):
        check(WHOLE[: STARTS[-1]] + b"junk" * 20 + WHOLE[STARTS[-1] :])
    check(WHOLE + b"TAG" + bytes(125))


def test_a_second_sound_in_the_file_is_not_left_out_in_silence():
    with pytest.raises(UnusableSound, match=f"several streams.* at byte {len(WHOLE)};"):
        check(WHOLE + stream(seed=1))
