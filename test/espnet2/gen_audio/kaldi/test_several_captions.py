"""Several captions of a clip: lines of a data folder, and the names of the others."""

import pytest

from espnet2.gen_audio.kaldi.data_dir import read_data_dir, write_scp
from espnet2.gen_audio.kaldi.several_captions import (
    counts_of,
    further_captions,
    join_captions,
    split_captions,
)

LINES = {
    "a:2": join_captions(["one", "two words", "3"]),
    "b": join_captions(["x", "y"]),
}


@pytest.fixture
def folder(tmp_path):
    write_scp(tmp_path / "wav.scp", {key: "a.wav" for key in (*LINES, "c")})
    write_scp(tmp_path / "utt2captions", LINES)
    return tmp_path


def test_captions_come_back_from_a_data_folder(folder):
    rows = read_data_dir(folder).column("utt2captions")
    assert split_captions(rows["a:2"]) == ["one", "two words", "3"]


def test_all_but_the_first_are_named_by_clip_and_number(folder):
    names = {"a:2:2": "two words", "a:2:3": "3", "b:2": "y"}
    assert further_captions(folder) == names
    assert further_captions(folder, ["b", "c"]) == {"b:2": "y"}
    assert counts_of(names) == {"a:2": 3, "b": 2}


def test_a_folder_with_one_caption_a_clip_has_no_others(tmp_path):
    assert further_captions(tmp_path) == {} == counts_of([])
