"""Values of long files: those of a dictionary, without its memory."""

import os
import pickle
import tracemalloc

import pytest
from espnet2.fileio.read_text import read_2columns_text

from espnet2.gen_audio.files.listed_rows import ListedRows, PackedTexts

LINES = "b  two words \na\té ü\nempty\n\n \nc-9 1\r\nz last"


@pytest.fixture
def file(tmp_path):
    (tmp_path / "rows").write_text(LINES, encoding="utf-8")
    return tmp_path / "rows"


def test_rows_are_those_of_the_toolkits_reader(file):
    rows = ListedRows(file)
    lines = [line for line in LINES.splitlines() if line.strip()]
    file.with_name("plain").write_text("\n".join(lines), encoding="utf-8")
    assert dict(rows) == read_2columns_text(file.with_name("plain"))
    assert list(rows) == ["b", "a", "empty", "c-9", "z"] and len(rows) == 5


def test_an_id_that_is_not_there_is_named_with_the_file(file):
    rows = ListedRows(file)
    assert "b" in rows and "two" not in rows and 3 not in rows
    assert rows.get("two") is None
    with pytest.raises(KeyError, match="rows has no line for two"):
        rows["two"]


def test_other_processes_read_the_same_rows(file):
    rows = ListedRows(file)
    copy = pickle.loads(pickle.dumps(rows))
    assert dict(copy) == dict(rows)
    reader, writer = os.pipe()
    if not os.fork():
        os.write(writer, rows["a"].encode())
        os._exit(0)
    assert rows["b"] == "two words" and os.read(reader, 99).decode() == "é ü"
    os.wait()


@pytest.mark.parametrize(
    "content, message",
    [
        (b"a 1\nb 2\na 3\n", "rows: id a occurs twice"),
        (b"a 1\nb \xff\n", "line 2: byte 0xff is not UTF-8"),
        (b"a " + b"x" * (1 << 24), "line 1 has 16777216 bytes or more"),
    ],
)
def test_what_is_no_list_of_ids_is_refused_with_file_and_line(file, content, message):
    file.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        ListedRows(file)


def test_equal_hashes_are_told_apart(file, monkeypatch):
    monkeypatch.setattr(
        "espnet2.gen_audio.files.listed_rows.hash", lambda key: 7, raising=False
    )
    assert dict(ListedRows(file))["c-9"] == "1"
    file.write_text("a 1\nb 2\na 3\n")
    with pytest.raises(ValueError, match="id a occurs twice"):
        ListedRows(file)


def test_a_row_takes_a_tenth_of_the_memory_of_a_dictionarys(file):
    lines = (f"corpus-{n:08d} dump/shards/1/latent.ark:{n:012d}\n" for n in range(5000))
    file.write_text("".join(lines))
    sizes = []
    for reader in (ListedRows, read_2columns_text):
        tracemalloc.start()
        rows = reader(file)
        sizes.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        assert len(rows) == 5000
    assert sizes[0] < 0.15 * sizes[1]


def test_packed_texts_are_a_sequence(file):
    texts = PackedTexts(["", "é", "abc"])
    assert list(texts) == ["", "é", "abc"] and len(texts) == 3
    assert not list(PackedTexts([])) and texts[1:] == ["é", "abc"]
    with pytest.raises(IndexError, match="text 3 of 3"):
        texts[3]
