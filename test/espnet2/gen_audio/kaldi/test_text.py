"""Captions by id, whole or one job's."""

import pytest

from espnet2.gen_audio.kaldi.text import read_captions


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text"
    path.write_text("a a dog barks\nb\nc rain  on a roof\n")
    return path


def test_a_line_with_an_id_alone_is_the_empty_caption(text):
    assert read_captions(text)["b"] == ""
    assert read_captions(text)["a"] == "a dog barks"


def test_a_job_gets_its_own_ids_in_the_order_of_the_text(text, tmp_path):
    keys = tmp_path / "keys"
    keys.write_text("c some path\na\n")
    assert list(read_captions(text, keys)) == ["a", "c"]


def test_an_id_without_a_caption_is_named(text, tmp_path):
    keys = tmp_path / "keys"
    keys.write_text("a\nzebra\n")
    with pytest.raises(ValueError, match="'zebra'"):
        read_captions(text, keys)


def test_a_job_without_captions_is_refused(text, tmp_path):
    keys = tmp_path / "keys"
    keys.write_text("")
    with pytest.raises(ValueError, match="no caption for this job"):
        read_captions(text, keys)
