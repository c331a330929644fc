"""Lists read item by item: the same items as json.load, wherever chunks end."""

import json
import os

import pytest

from espnet2.gen_audio.files import json_list
from espnet2.gen_audio.files.json_list import read_json_list

ITEMS = [
    {"sid": "a", "text": 'quo"te \\ \u00e9 \U0001f600 , ] }', "n": [1, -2.5e-3, None]},
    12345,
    "a string",
    [],
    {"sid": "b", "nested": {"audios": [1, 2]}, "yes": True},
]
CONTENT = {"version": "v1", "list": [0], "n": 12, "audios": ITEMS, "last": 1}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "meta.json"
    path.write_text(json.dumps(CONTENT, indent=2, ensure_ascii=False), "utf-8")
    return path


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 64, 1 << 20])
def test_the_items_do_not_depend_on_where_chunks_end(path, monkeypatch, chunk):
    monkeypatch.setattr(json_list, "_CHUNK", chunk)
    assert [item.value for item in read_json_list(path, "audios")] == ITEMS


@pytest.mark.parametrize("chunk", [5, 1 << 20])
def test_an_item_and_its_parts_know_their_lines(path, monkeypatch, chunk):
    monkeypatch.setattr(json_list, "_CHUNK", chunk)
    lines = path.read_text("utf-8").split("\n")
    items = list(read_json_list(path, "audios"))
    assert lines[items[1].line - 1].strip() == "12345,"
    assert '"sid": "b"' in lines[items[4].line_of('"sid"') - 1]
    assert items[4].line_of("not there") == items[4].line


def test_only_one_item_lies_in_memory_at_a_time(tmp_path):
    import tracemalloc

    path = tmp_path / "long.json"
    with path.open("w") as file:
        file.write('{"audios": [')
        file.write(",".join(json.dumps({"text": "x" * 1000}) for _ in range(30000)))
        file.write("]}")
    tracemalloc.start()
    count = sum(1 for _ in read_json_list(path, "audios"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 30000
    assert peak < path.stat().st_size / 4


def test_empty_lists_and_one_line_files_are_read(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"audios":[]}')
    assert list(read_json_list(path, "audios")) == []
    path.write_text('{"a":{"b":1},"audios":[1,2]}')
    assert [item.value for item in read_json_list(path, "audios")] == [1, 2]


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "line 1: the end of the file in place of one of {"),
        ("[1]", "line 1: '\\['"),
        ("{}", "without a list 'audios'"),
        ('{\n"audios": 3}', "line 2: the object ends without a list"),
        ('{"audios": [\n{"a": 1},\n{"a": "cut', "line 3: the file ends within"),
        (
            '{"audios": [\n{"a": 1}\n',
            "line 3: the end of the file in place of one of , ]",
        ),
        ('{"audios": [\n{"a" 1}, "a long text after it"]}', "line 2: no JSON"),
        ('{"audios": [\n{"a": 1, "a": 2}]}', "line 2: no JSON .*'a' has two values"),
        ('{"audios": [tru]}', "line 1"),
    ],
)
def test_what_is_no_such_file_ends_with_file_and_line(tmp_path, text, message):
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as refusal:
        list(read_json_list(path, "audios"))
    assert "bad.json" in str(refusal.value)


def test_a_fault_in_the_middle_does_not_read_the_rest_of_the_file(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(json_list, "_CHUNK", 64)
    path = tmp_path / "bad.json"
    path.write_text('{"audios": [{"a": oops, "b": 2}, ' + "1, " * 100000)
    read = []
    more = json_list._Window.more
    monkeypatch.setattr(
        json_list._Window, "more", lambda window: read.append(1) or more(window)
    )
    with pytest.raises(ValueError, match="no JSON"):
        list(read_json_list(path, "audios"))
    assert len(read) < 4


def test_an_item_without_end_and_a_pipe_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "x.json"
    path.write_text('{"a": ["' + "x" * 5000)
    monkeypatch.setattr(json_list, "_CHUNK", 100)
    monkeypatch.setattr(json_list, "_LONGEST", 1000)
    with pytest.raises(ValueError, match="line 1: an item has more than 1000 char"):
        list(read_json_list(path, "a"))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="pipe is a pipe"):
        list(read_json_list(tmp_path / "pipe", "a"))


@pytest.mark.parametrize("item", ["[" * 100_000, "1" * 5000])
def test_an_item_that_no_reader_takes_is_refused_with_its_line(tmp_path, item):
    (tmp_path / "x.json").write_text('{\n"a": [' + item)
    with pytest.raises(ValueError, match="x.json, line 2: no JSON that is read"):
        list(read_json_list(tmp_path / "x.json", "a"))
