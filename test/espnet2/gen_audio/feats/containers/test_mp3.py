"""The length table of mp3 files."""

import io

import numpy as np
import soundfile

from espnet2.gen_audio.feats.containers.extent import Extent
from espnet2.gen_audio.feats.containers.mp3 import length_table


def whole():
    file = io.BytesIO()
    soundfile.write(file, np.zeros(48000), 16000, format="MP3")
    return file.getvalue()


def test_the_table_promises_the_length_of_the_file_within_a_frame():
    content = whole()
    assert length_table(content[:4096], 0) == Extent(0, len(content), slack=1441)
    assert length_table(content[:4096], 77).first == 77


def test_a_table_without_the_number_of_bytes_promises_nothing():
    content = bytearray(whole())
    place = content.index(b"Info") if b"Info" in content else content.index(b"Xing")
    content[place + 7] &= ~2
    assert length_table(bytes(content), 0) is None
    content[place : place + 4] = b"none"
    assert length_table(bytes(content), 0) is None


def test_other_files_have_no_table():
    assert length_table(b"", 0) is None
    assert length_table(b"RIFF    Xing" + bytes(100), 0) is None
