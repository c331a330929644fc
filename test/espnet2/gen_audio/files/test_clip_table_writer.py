"""The table writer: what it writes is read back as it was given."""

from dataclasses import replace

import pytest

from espnet2.gen_audio.files.clip_table import TableRow, read_table
from espnet2.gen_audio.files.clip_table_writer import write_table, write_tables


@pytest.fixture
def rows(tmp_path):
    audio = tmp_path / "corpus" / "a  b.wav"  # two spaces
    audio.parent.mkdir()
    audio.write_bytes(b"x")
    plain = TableRow("one", audio, 'a "quoted" caption', "it’s said")
    part = TableRow("two", audio, "rain", "", 0.1234567, 1234567.5, "LJ", "speech")
    return [plain, part]


def test_rows_are_read_back_as_they_were_given(rows, tmp_path):
    assert write_table(tmp_path / "elsewhere" / "t.tsv", iter(rows)) == 2
    expected = [rows[0], replace(rows[1], start=0.123457)]  # to a microsecond
    assert read_table(tmp_path / "elsewhere" / "t.tsv") == expected


def test_every_caption_of_a_clip_has_a_row_and_is_read_back(rows, tmp_path):
    several = replace(rows[1], start=0.5, further_captions=("it pours", "water"))
    assert write_table(tmp_path / "t.tsv", [several, rows[0]]) == 2
    assert len((tmp_path / "t.tsv").read_text().splitlines()) == 1 + 3 + 1
    assert read_table(tmp_path / "t.tsv") == [several, rows[0]]


def test_a_clip_without_a_caption_is_read_back(rows, tmp_path):
    silent = replace(rows[1], caption="", start=0.5)
    write_table(tmp_path / "t.tsv", [silent])
    assert "\t<none>\t" in (tmp_path / "t.tsv").read_text()
    assert read_table(tmp_path / "t.tsv") == [silent]


def test_several_tables_are_written_at_once_and_none_if_a_check_fails(rows, tmp_path):
    paths = {name: tmp_path / f"{name}.tsv" for name in ("a", "b")}
    listed = [("a", rows[0]), ("b", rows[1]), ("a", replace(rows[0], id="three"))]
    assert write_tables(paths, iter(listed)) == {"a": 2, "b": 1}
    assert [row.id for row in read_table(paths["a"])] == ["one", "three"]

    def check():
        raise ValueError("too few")

    with pytest.raises(ValueError, match="too few"):
        write_tables(paths, iter(listed[:2]), check)
    assert [row.id for row in read_table(paths["a"])] == ["one", "three"]


@pytest.mark.parametrize("caption", ['"all"', '"', '"a" "b"', 'a "b"', '""x""'])
def test_quotes_are_read_back_as_they_were_given(rows, tmp_path, caption):
    write_table(tmp_path / "t.tsv", [replace(rows[0], caption=caption)])
    assert read_table(tmp_path / "t.tsv")[0].caption == caption


def test_white_space_within_a_cell_becomes_one_space(rows, tmp_path):
    write_table(tmp_path / "t.tsv", [replace(rows[0], transcript="a\tb\n c ")])
    assert read_table(tmp_path / "t.tsv")[0].transcript == "a b c"


def test_a_relative_path_is_written_from_the_root(rows, tmp_path, monkeypatch):
    monkeypatch.chdir(rows[0].audio.parent)
    row = replace(rows[0], audio=rows[0].audio.relative_to(rows[0].audio.parent))
    write_table(tmp_path / "t.tsv", [row])
    assert read_table(tmp_path / "t.tsv")[0].audio == rows[0].audio


def test_a_corpus_that_fails_half_way_leaves_the_older_table(rows, tmp_path):
    write_table(tmp_path / "t.tsv", rows[:1])

    def broken():
        yield rows[1]
        raise ValueError("line 2")

    with pytest.raises(ValueError, match="line 2"):
        write_table(tmp_path / "t.tsv", broken())
    assert read_table(tmp_path / "t.tsv") == rows[:1]


def test_a_path_that_no_table_can_hold_is_refused(rows, tmp_path):
    odd = replace(rows[0], audio=tmp_path / "a\tb.wav")
    with pytest.raises(ValueError, match="tab or a line break; rename it"):
        write_table(tmp_path / "t.tsv", [odd])
