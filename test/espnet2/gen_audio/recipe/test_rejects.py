"""The list of clips left out."""

import pytest

from espnet2.gen_audio.recipe.rejects import Reject, read_rejects, write_rejects


def test_rejects_are_sorted_unique_and_read_back(tmp_path):
    rows = [Reject("b", "b.wav", "empty"), Reject("a", "a b.wav", "cut\tshort")]
    write_rejects(tmp_path, rows + rows)
    assert read_rejects(tmp_path) == [
        Reject("a", "a b.wav", "cut short"),
        Reject("b", "b.wav", "empty"),
    ]
    assert (tmp_path / "rejects.tsv").read_text().startswith("id\tfile\treason\n")


def test_no_rejects_leave_a_header_and_no_file_means_none(tmp_path):
    assert read_rejects(tmp_path) == []
    write_rejects(tmp_path, [])
    assert (tmp_path / "rejects.tsv").read_text() == "id\tfile\treason\n"
    assert read_rejects(tmp_path) == []


def test_a_broken_line_is_refused(tmp_path):
    (tmp_path / "rejects.tsv").write_text("id\tfile\treason\na\tb\n")
    with pytest.raises(ValueError, match="row 2: 2 columns, not .*'a.tb'; run the"):
        read_rejects(tmp_path)
    (tmp_path / "rejects.tsv").write_bytes(b"id\tfile\treason\na\t\xff\tb\n")
    with pytest.raises(ValueError, match="not UTF-8 .* at byte 17.; run the stage"):
        read_rejects(tmp_path)
