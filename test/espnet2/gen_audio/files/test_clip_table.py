"""A user's table: what is read, and one clear line for each mistake."""

import csv

import pytest

from espnet2.gen_audio.files.clip_table import cells_of, missing_audio, read_table

HEADER = "id\taudio\tcaption\n"


@pytest.fixture
def table(tmp_path):
    (tmp_path / "a b.wav").write_bytes(b"x")
    (tmp_path / "b.wav").write_bytes(b"x")

    def write(text):
        path = tmp_path / "my.tsv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_columns_may_stand_in_any_order_and_paths_are_the_table_s(table, tmp_path):
    path = table(
        "caption\tend\tid\taudio\tstart\tlabel\tspeaker\ttranscript\n"
        "A dog.\t2.5\tx1\ta b.wav\t0.5\tdog bark\ts1\twoof woof\n"
    )
    (row,) = read_table(path)
    assert (row.id, row.caption, row.start, row.end) == ("x1", "A dog.", 0.5, 2.5)
    assert row.audio == tmp_path / "a b.wav"
    assert (row.label, row.speaker, row.transcript) == ("dog bark", "s1", "woof woof")


def test_absolute_paths_empty_lines_and_a_spreadsheet_s_marks_are_read(table, tmp_path):
    text = f"id\taudio\tcaption\r\n\r\nx\t{tmp_path / 'b.wav'}\tEin Hund, é \r\n\r\n"
    (row,) = read_table(table(b"\xef\xbb\xbf" + text.encode()))
    assert row.caption == "Ein Hund, é"
    assert row.audio == tmp_path / "b.wav"


def test_quotes_in_a_caption_are_kept(table):
    (row,) = read_table(table(HEADER + 'x\tb.wav\t"Hello", she says\n'))
    assert row.caption == '"Hello", she says'


@pytest.mark.parametrize(
    "line, cells",
    [
        ('x\t"a man says ""hello"" twice"', ["x", 'a man says "hello" twice']),
        ('"x"\t"b.wav"\t""', ["x", "b.wav", ""]),
        ('"a\tb"\tc', ["a\tb", "c"]),
        ('""""\t""""""', ['"', '""']),
        ('"Hello", she says\tsay "no"', ['"Hello", she says', 'say "no"']),
        ('"open\tc', ['"open', "c"]),
        ('a "b"\t"c"d"', ['a "b"', '"c"d"']),
        ("\t\t", ["", "", ""]),
        ("", [""]),
    ],
)
def test_cells_are_quoted_as_csv_defines(line, cells):
    assert cells_of(line) == cells


def test_what_pandas_and_spreadsheets_write_is_read_without_its_quotes(table):
    captions = ['a man says "hello" twice', '"quoted"', "tab\there", "plain, comma"]
    path = table("")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")  # as both, quotes where needed
        writer.writerow(["id", "audio", "caption"])
        writer.writerows([f"x{n}", "b.wav", text] for n, text in enumerate(captions))
    assert '"a man says ""hello"" twice"' in path.read_text()
    expected = [" ".join(text.split()) for text in captions]
    assert [row.caption for row in read_table(path)] == expected


def test_rows_of_one_id_are_captions_of_one_clip(table):
    text = HEADER + "x\tb.wav\tone\ny\tb.wav\tother\nx\tb.wav\ttwo\nx\tb.wav\t3\n"
    x, y = read_table(table(text))
    assert (x.id, x.caption, x.further_captions) == ("x", "one", ("two", "3"))
    assert x.captions == ("one", "two", "3")
    assert (y.id, y.captions) == ("y", ("other",))


@pytest.mark.parametrize("column, cell", [("start", "1"), ("label", "rain")])
def test_rows_of_one_id_agree_in_everything_but_the_caption(table, column, cell):
    head = f"id\taudio\tcaption\t{column}\n"
    with pytest.raises(ValueError, match=f"row 3: .*with another {column}; ids"):
        read_table(table(f"{head}x\tb.wav\tc\t\nx\tb.wav\td\t{cell}\n"))


def test_a_clip_may_state_that_it_has_no_caption(table):
    x, y = read_table(table(HEADER + "x\tb.wav\t<none>\ny\tb.wav\tnone\n"))
    assert (x.caption, y.caption) == ("", "none")
    with pytest.raises(ValueError, match="row 3: .*<none> is for a clip with one row"):
        read_table(table(HEADER + "x\tb.wav\tc\nx\tb.wav\t<none>\n"))


def test_a_weight_is_a_number_from_0_up(table):
    head = "id\taudio\tcaption\tweight\n"
    x, y = read_table(table(head + "x\tb.wav\tc\t0.25\ny\tb.wav\tc\t\n"))
    assert (x.weight, y.weight) == (0.25, 1.0)
    for cell in ("two", "-1", "nan", "1_0"):
        with pytest.raises(ValueError, match=f"row 2: weight '{cell}' is not a number"):
            read_table(table(head + f"x\tb.wav\tc\t{cell}\n"))


def test_rows_without_a_sound_file_are_all_found(table):
    rows = read_table(table(HEADER + "x\tno.wav\tc\ny\tb.wav\tc\nz\t.\tc\n"))
    assert [row.id for row in missing_audio(rows)] == ["x", "z"]


def test_empty_optional_cells_mean_unknown(table):
    (row,) = read_table(table("id\taudio\tcaption\tstart\tend\nx\tb.wav\tc\t\t\n"))
    assert row.start is None and row.end is None


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "row 1: in the header column '' is unknown, 'id' is missing"),
        ("id,audio,caption\nx,b.wav,c\n", "'caption' is missing.*separated by tabs"),
        ("id\taudio\ntext\n", "row 1: .* 'caption' is missing; required: id, audio"),
        ("id\taudio\tcaption\tmood\n", "row 1: .*'mood' is unknown.*optional: trans"),
        ("id\taudio\tcaption\tid\n", "row 1: .*'id' occurs twice"),
        (HEADER, "has a header but no rows"),
        (
            HEADER + "x\tb.wav\t\n/\tb.wav\tc\ny\tb.wav\n",
            r"row 2: the caption .* \(and 2 more faulty rows: 3, 4\)",
        ),
        (
            HEADER + 'x\tb.wav\t"one\ntwo"\n',
            "row 3: 1 columns.*no cell has a line br",
        ),
        (HEADER + "x\t\tc\n", "row 2: the audio is empty"),
        (HEADER + "x\tb.wav\t\u200b\n", "row 2: the caption of x is empty; .*<none>"),
        (HEADER + "\u200b\tb.wav\tc\n", "row 2: the id is empty"),
        (
            "id\taudio\tcaption\tend\nx\tb.wav\tc\t1_0\n",
            "row 2: end '1_0' is not a num",
        ),
        (
            HEADER + "x\tb.wav\tc\n\nx\ta b.wav\td\n",
            "row 4: id x is in row 2 already, with another audio; ids must be uni",
        ),
        (
            HEADER + "x\tb.wav\tc\nx\tb.wav\td\nx\tb.wav\td \n",
            "row 4: id x is in row 2 already, with this caption",
        ),
        (HEADER + "x\tb.wav\t \n", "row 2: the caption of x is empty"),
        (HEADER + "x y\tb.wav\tc\n", "row 2: id 'x y' cannot be a file name"),
        (HEADER + "x/y\tb.wav\tc\n", "row 2: id 'x/y' cannot be a file name"),
        (HEADER + "../x\tb.wav\tc\n", "row 2: id '../x' cannot be a file name"),
        (HEADER + "-x\tb.wav\tc\n", "row 2: id '-x' cannot be a file name"),
        (HEADER + "\tb.wav\tc\n", "row 2: the id is empty"),
        (HEADER + "x" * 201 + "\tb.wav\tc\n", "row 2: .*at most 200 bytes"),
        (HEADER + "x\tb.wav\n", "row 2: 2 columns where the header has 3"),
        (HEADER.encode() + b"x\tb.wav\tc\ny\tb.wav\t\xe9\n", "line 3: .* is not UTF-8"),
    ],
)
def test_each_mistake_is_one_line_with_file_and_row(table, text, message):
    with pytest.raises(ValueError, match=message) as error:
        read_table(table(text))
    assert "my.tsv" in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    "start, end, message",
    [
        ("2", "1", "row 2: start 2 is not before end 1"),
        ("1", "1", "row 2: start 1 is not before end 1"),
        ("", "0", "row 2: start 0 is not before end 0"),
        ("one", "2", "row 2: start 'one' is not a number"),
        ("0", "nan", "row 2: end 'nan' is not a number"),
        ("-1", "2", "row 2: start '-1' is not a number of seconds from 0 on"),
    ],
)
def test_times_must_be_ascending_numbers(table, start, end, message):
    text = f"id\taudio\tcaption\tstart\tend\nx\tb.wav\tc\t{start}\t{end}\n"
    with pytest.raises(ValueError, match=message):
        read_table(table(text))


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no table .*none.tsv"):
        read_table(tmp_path / "none.tsv")
