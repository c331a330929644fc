"""Captions by id, whole or one job's."""

import pytest

from espnet2.gen_audio.kaldi.caption_file import read_captions


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


def test_below_the_title_every_line_is_a_caption(tmp_path):
    path = tmp_path / "list"
    path.write_text("\ufeffcaption\r\n\r\nA dog barks\r\n Rain\tfalls \nA dog barks\n")
    assert read_captions(path) == {
        "caption-0001": "A dog barks",
        "caption-0002": "Rain\tfalls",
        "caption-0003": "A dog barks",
    }


@pytest.mark.parametrize(
    "content, message",
    [
        ("A dog barks\nRain falls\n", "is 'A' in 'A dog barks' an id or the first"),
        ("Rain, falling\n3 dogs\n", "is 'Rain,' in 'Rain, falling' an id or"),
        ("Regen f\u00e4llt\nHunde\n", "is 'Regen' in .*Put a tab after every id"),
        (
            "A dog\nA cat\n",
            "line 2: id A occurs twice.*write the word 'caption' in its",
        ),
        ("\u72d7\u53eb\u58f0\n\u96e8\u58f0\n", "an id or the first word"),
    ],
)
def test_captions_without_ids_never_lose_their_first_words(tmp_path, content, message):
    (tmp_path / "list").write_text(content)
    with pytest.raises(ValueError, match=message):
        read_captions(tmp_path / "list")


def test_a_tab_or_a_data_folder_makes_a_word_an_id(tmp_path):
    path = tmp_path / "text"
    path.write_text("dog\tA dog barks\nrain\tRain falls\n")
    assert read_captions(path) == {"dog": "A dog barks", "rain": "Rain falls"}
    path.write_text("dog A dog barks\nrain Rain falls\n")
    (tmp_path / "wav.scp").write_text("dog dog.wav\nrain rain.wav\n")
    assert read_captions(path) == {"dog": "A dog barks", "rain": "Rain falls"}


@pytest.mark.parametrize("key", ["1", "drum1", "a_b", "utt-0001", "b"])
def test_what_no_caption_begins_with_is_an_id(tmp_path, key):
    (tmp_path / "text").write_text(f"{key} dogs bark\n")
    assert read_captions(tmp_path / "text") == {key: "dogs bark"}
