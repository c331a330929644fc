"""Whether a file is there and may be read, before anything decodes it."""

import os

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.feats.containers.check import check_container, unreadable
from espnet2.gen_audio.feats.sound_limits import UnusableSound


@pytest.fixture
def sound(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(1000), 16000)
    return tmp_path / "a.wav"


def test_a_whole_file_needs_no_patch(sound):
    assert check_container(sound) is None


def test_a_wav_that_lost_all_but_its_header_is_truncated(sound):
    sound.write_bytes(sound.read_bytes()[:44])
    with pytest.raises(UnusableSound, match="states 2000 bytes.* holds 0"):
        check_container(sound)


def test_a_size_that_is_not_stated_is_patched(sound):
    content = sound.read_bytes()
    sound.write_bytes(content[:40] + bytes(4) + content[44:])
    assert check_container(sound).content == (2000).to_bytes(4, "little")


@pytest.mark.parametrize(
    "make, reason",
    [
        (lambda path: None, "the file does not exist; correct the path"),
        (lambda path: path.write_bytes(b""), "empty file: 0 bytes"),
        (lambda path: path.mkdir(), "not a file: it is a folder"),
        (os.mkfifo, "not a file: it is a pipe or a device"),
        (lambda path: path.symlink_to(path.name), "cannot be read: Too many levels"),
    ],
)
def test_what_is_no_file_is_named_and_not_opened(tmp_path, make, reason):
    make(tmp_path / "a.wav")
    with pytest.raises(UnusableSound, match=reason):
        check_container(tmp_path / "a.wav")


def test_a_path_through_a_file_and_one_with_a_zero_byte_are_named(sound):
    with pytest.raises(UnusableSound, match="does not exist"):
        check_container(sound / "b.wav")
    with pytest.raises(UnusableSound, match="no file name"):
        check_container(sound.with_name("a\0.wav"))


@pytest.mark.parametrize("locked", ["file", "folder"])
def test_a_file_without_read_permission_is_a_reason_and_no_error(sound, locked):
    target = sound if locked == "file" else sound.parent
    mode = target.stat().st_mode
    user = os.geteuid()
    target.chmod(0)
    try:
        if user == 0:  # the superuser reads everything
            os.seteuid(65534)
        with pytest.raises(UnusableSound, match="no permission to read"):
            check_container(sound)
    finally:
        os.seteuid(user)
        target.chmod(mode)


def test_any_other_error_of_the_system_is_passed_on_in_its_words():
    assert "Input/output error" in str(unreadable(OSError(5, "Input/output error")))


def test_a_tag_before_an_mp3_is_passed_over(tmp_path):
    soundfile.write(tmp_path / "a.mp3", np.zeros(48000), 16000)
    sound = (tmp_path / "a.mp3").read_bytes()
    tag = b"ID3\x03\0\0\0\0\x01\x00" + bytes(128)
    (tmp_path / "a.mp3").write_bytes(tag + sound)
    assert check_container(tmp_path / "a.mp3") is None
    (tmp_path / "a.mp3").write_bytes(tag + sound[: len(sound) // 3])
    with pytest.raises(UnusableSound, match=f"states {len(sound)} bytes"):
        check_container(tmp_path / "a.mp3")
    (tmp_path / "a.mp3").write_bytes(tag[:100])
    with pytest.raises(UnusableSound, match="its ID3 tag takes 138 bytes.* holds 100"):
        check_container(tmp_path / "a.mp3")
