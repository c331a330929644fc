"""Data folders: order, intersection, joining, and what is refused."""

import pytest

from espnet2.gen_audio.kaldi.data_dir import (
    DataFolder,
    combine,
    invert,
    read_data_dir,
    read_scp,
    sort_ids,
    spread,
    write_data_dir,
    write_scp,
)


def folder_of(*ids, **files):
    made = {
        "wav.scp": {key: f"{key}.wav" for key in ids},
        "text": {key: f"caption of {key}" for key in ids},
        "utt2spk": {key: "s" for key in ids},
    }
    return DataFolder({**made, **files})


def test_ids_are_sorted_by_bytes_not_by_language():
    assert sort_ids(["é", "b", "a-1", "B", "a1", "a"]) == [
        "B",
        "a",
        "a-1",
        "a1",
        "b",
        "é",
    ]


def test_a_written_folder_is_read_back_the_same(tmp_path):
    folder = folder_of("b", "a", utt2label={"a": "dog bark"})
    write_data_dir(folder, tmp_path)
    assert read_data_dir(tmp_path) == folder
    assert (tmp_path / "wav.scp").read_text() == "a a.wav\nb b.wav\n"
    assert (tmp_path / "spk2utt").read_text() == "s a b\n"


def test_a_smaller_folder_replaces_an_older_one_wholly(tmp_path):
    write_data_dir(folder_of("a", utt2label={"a": "dog"}), tmp_path)
    write_data_dir(folder_of("b"), tmp_path)
    assert read_data_dir(tmp_path) == folder_of("b")


def test_the_intersection_of_required_files_is_kept():
    folder = folder_of("a", "b", "c", text={"a": "x", "c": "z"}, utt2label={"b": "k"})
    fixed = folder.fixed()
    assert fixed.utterances == ["a", "c"]
    assert fixed.column("utt2label") == {}
    assert fixed.column("utt2spk") == {"a": "s", "c": "s"}


def test_segments_name_the_utterances_and_keep_their_recordings():
    folder = DataFolder(
        {
            "wav.scp": {"r1": "r1.wav", "r2": "r2.wav"},
            "segments": {"a": "r1 0 1", "b": "r2 0 1", "c": "r3 0 1"},
            "text": {"a": "x", "b": "y", "c": "z"},
        }
    )
    assert folder.utterances == ["a", "b", "c"]
    assert folder.fixed().utterances == ["a", "b"]  # r3 is no recording
    assert folder.keep(["b"]).column("wav.scp") == {"r2": "r2.wav"}


def test_speakers_and_utterances_are_inverses():
    utt2spk = {"b": "s", "a": "s", "c": "t"}
    assert invert(utt2spk) == {"s": "a b", "t": "c"}
    assert spread(invert(utt2spk)) == utt2spk


def test_folders_of_different_utterances_are_joined_in_any_order():
    one, two = folder_of("a"), folder_of("b", utt2label={"b": "dog"})
    assert combine([one, two]) == combine([two, one])
    assert combine([one, two]).utterances == ["a", "b"]
    assert combine([one, two]).column("utt2label") == {"b": "dog"}


def test_an_id_in_two_folders_is_refused():
    with pytest.raises(ValueError, match="id a is in two of the folders"):
        combine([folder_of("a"), folder_of("a")])


def test_segments_and_whole_files_are_not_mixed():
    cut = DataFolder({"wav.scp": {"r": "r.wav"}, "segments": {"u": "r 0 1"}})
    with pytest.raises(ValueError, match="only some of the folders have segments"):
        combine([folder_of("a"), cut])
    empty = DataFolder({"wav.scp": {}})
    assert combine([empty, cut]) == cut


def test_two_parts_of_one_recording_may_lie_in_two_folders():
    one = DataFolder({"wav.scp": {"r": "r.wav"}, "segments": {"u": "r 0 1"}})
    two = DataFolder({"wav.scp": {"r": "r.wav"}, "segments": {"v": "r 1 2"}})
    assert combine([one, two]).utterances == ["u", "v"]


@pytest.mark.parametrize(
    "content, message",
    [
        (b"a 1\na 2\n", "line 2: id a occurs twice"),
        (b"a 1\n\n\na 2\n", "line 4: id a occurs twice, first in line 1"),
        (b" a 1\n", "line 1: no id"),
        (b"a 1\n../b 2\n", "line 2: id '../b' cannot be a file name"),
        (b"a \xff\n", "line 1: byte 0xff is not UTF-8"),
    ],
)
def test_broken_lists_are_refused_by_line(tmp_path, content, message):
    (tmp_path / "text").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_scp(tmp_path / "text")


def test_values_keep_spaces_and_may_be_empty(tmp_path):
    write_scp(tmp_path / "text", {"b": "two  words", "a": ""})
    assert (tmp_path / "text").read_text() == "a\nb two  words\n"
    assert read_scp(tmp_path / "text") == {"a": "", "b": "two  words"}


def test_a_folder_without_wavs_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="is no data folder"):
        read_data_dir(tmp_path)
