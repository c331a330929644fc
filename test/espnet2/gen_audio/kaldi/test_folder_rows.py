"""Data folders of other recipes are taken as they are."""

from pathlib import Path

import pytest

from espnet2.gen_audio.files.clip_table import TableRow
from espnet2.gen_audio.kaldi.data_dir import write_scp
from espnet2.gen_audio.kaldi.folder_rows import rows_of_folder


@pytest.fixture
def folder(tmp_path):
    """Two utterances of one recording, as an ASR recipe has them."""
    path = tmp_path / "asr1" / "data" / "train"
    path.mkdir(parents=True)
    (tmp_path / "asr1" / "downloads").mkdir()
    (tmp_path / "asr1" / "downloads" / "r.flac").write_bytes(b"x")
    write_scp(path / "wav.scp", {"r": "downloads/r.flac"})
    segments = {"s-u1": "r 0.00 1.50", "s-u2": "r 1.50 -1"}
    write_scp(path / "segments", segments)
    write_scp(path / "text", {"s-u1": "ONE", "s-u2": "TWO THREE"})
    write_scp(path / "utt2spk", {"s-u1": "s", "s-u2": "s"})
    return path


def test_segments_text_and_speakers_become_rows(folder):
    audio = folder.resolve().parents[1] / "downloads/r.flac"
    assert rows_of_folder(folder) == [
        TableRow("s-u1", audio, "ONE", "", 0.0, 1.5, "s"),
        TableRow("s-u2", audio, "TWO THREE", "", 1.5, None, "s"),
    ]


def test_weights_are_kept(folder):
    write_scp(folder / "utt2weight", {"s-u2": "0.25"})
    assert [row.weight for row in rows_of_folder(folder)] == [1.0, 0.25]


def test_text_may_be_what_is_spoken(folder):
    rows = rows_of_folder(folder, "transcript", "a person speaks")
    assert [(r.caption, r.transcript) for r in rows] == [
        ("a person speaks", "ONE"),
        ("a person speaks", "TWO THREE"),
    ]
    assert rows_of_folder(folder, "transcript")[0].caption == ""


def test_without_segments_an_utterance_is_a_file_and_may_have_several_captions(folder):
    (folder / "segments").unlink()
    absolute = folder.resolve().parents[1] / "downloads/r.flac"
    write_scp(folder / "wav.scp", {"a": str(absolute), "b": "none.wav"})
    write_scp(folder / "text", {"a": "one", "b": ""})
    write_scp(folder / "utt2captions", {"a": "one\ttwo"})
    first, second = rows_of_folder(folder)
    assert (first.audio, first.captions, first.speaker) == (
        absolute,
        ("one", "two"),
        "",
    )
    assert (second.audio, second.captions) == (Path("none.wav"), ("",))


@pytest.mark.parametrize(
    "name, rows, why",
    [
        ("wav.scp", {"r": "touch made |"}, "r is a command .*which is not run"),
        ("segments", {"s-u1": "r 0"}, "s-u1 must read '<recording> <start> <end>'"),
        ("segments", {"s-u1": "q 0 1"}, "s-u1 names q, not in wav.scp"),
        ("segments", {"s-u1": "r 0 1_0"}, "s-u1 must read"),
        ("segments", {"s-u1": "r nan 1"}, "s-u1 must read"),
        ("utt2weight", {"s-u1": "-1"}, "utt2weight: '-1' is no weight of s-u1; write"),
        ("utt2weight", {"s-u2": "nan"}, "utt2weight: 'nan' is no weight of s-u2"),
        ("text", {"s-u1": "ONE"}, "text has no line for s-u2; add one, or drop"),
    ],
)
def test_what_cannot_be_taken_is_named(folder, monkeypatch, name, rows, why):
    monkeypatch.chdir(folder)
    write_scp(folder / name, rows)
    with pytest.raises(ValueError, match=why):
        rows_of_folder(folder)
    assert not (folder / "made").exists()


def test_a_tab_inside_text_is_a_space(folder):
    (folder / "text").write_text("s-u1 a dog\tbarks  loudly\ns-u2 rain\n")
    assert rows_of_folder(folder)[0].captions == ("a dog barks loudly",)
