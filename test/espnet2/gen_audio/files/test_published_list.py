"""Lists of corpora: every item with its place, faulty ones as they come."""

import pytest

from espnet2.gen_audio.files.published_list import (
    Listed,
    json_content,
    read_csv,
    read_json,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "list"


def rows(path, *args, **more):
    return [(p.rpartition(" ")[2], v) for p, v in read_csv(path, *args, **more)]


def test_cells_are_read_as_csv_files_quote_them(path):
    path.write_bytes(b'\xef\xbb\xbfid,text\r\n1,"a, ""b"""\r\n\r\n2,"two\r\nlines"\r\n')
    assert rows(path, ("text",)) == [
        ("2", {"id": "1", "text": 'a, "b"'}),
        ("5", {"id": "2", "text": "two\r\nlines"}),
    ]


def test_without_a_header_the_columns_are_those_given_and_comments_are_none(path):
    path.write_text('# Segments\n# YTID, labels\n-a, 1.0, "/m/1,/m/2"\n')
    names = ("id", "start", "labels")
    (item,) = rows(path, names, header=False)
    assert item == ("3", {"id": "-a", "start": "1.0", "labels": "/m/1,/m/2"})


def test_tabs_leave_quotes_as_they_are_and_a_list_takes_further_cells(path):
    path.write_text('a\t"b\tc\td\ne\tf\n')
    found = rows(path, ("x", "y"), "\t", header=False, rest="more")
    assert found[0] == ("1", {"x": "a", "y": '"b', "more": ["c", "d"]})
    assert found[1] == ("2", {"x": "e", "y": "f", "more": []})


@pytest.mark.parametrize(
    "line, why",
    [
        (b"1,caf\xe9,3", "not UTF-8"),
        (b"1,2", "the line has 2 columns, not 3"),
        (b"1,2,3,4", "the line has 4 columns, not 3"),
        (b"1,2," + b"x" * (1 << 21), "field larger than field limit"),
    ],
)
def test_a_faulty_line_does_not_stop_the_others(path, line, why):
    path.write_bytes(b"a,b,c\n" + line + b"\n4,5,6\n")
    fault, good = [values for _, values in rows(path, ("a",))]
    assert isinstance(fault, ValueError) and why in str(fault)
    assert good == {"a": "4", "b": "5", "c": "6"}


def test_a_header_without_a_column_and_an_absent_file_are_named(path):
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="line 1: the header lacks c, d; it has a, b"):
        list(read_csv(path, ("a", "c", "d")))
    with pytest.raises(FileNotFoundError, match="there is no list .*none; fetch it"):
        list(read_csv(path.with_name("none"), ("a",)))


@pytest.mark.parametrize("text", ['[{"id": 1}, 2]', '{"n": 0, "data": [{"id": 1}, 2]}'])
def test_items_of_a_json_list_have_their_number(path, text):
    path.write_text(text)
    good, fault = read_json(path, "data")
    assert good == Listed(f"{path}, item 1", {"key": 1, "id": 1})
    assert fault.place == f"{path}, item 2" and isinstance(fault.values, ValueError)
    assert fault.also(set="x") is fault and good.also(set="x").values["set"] == "x"


def test_items_of_a_json_object_have_their_key(path):
    path.write_text('{"TR1": {"tag": []}}')
    assert list(read_json(path)) == [
        Listed(f"{path}, item TR1", {"key": "TR1", "tag": []})
    ]


@pytest.mark.parametrize("text", ["{", "[" * 100000, "nothing"])
def test_what_is_no_json_is_refused_with_its_name(path, text):
    path.write_text(text)
    with pytest.raises(ValueError, match="list is no JSON"):
        json_content(path)
    path.write_text("3")
    with pytest.raises(ValueError, match="neither a list nor an object"):
        list(read_json(path))
