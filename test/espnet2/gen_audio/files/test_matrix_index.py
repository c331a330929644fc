"""An index of matrices runs no command and unpickles nothing."""

import os

import kaldiio
import numpy as np
import pytest

from espnet2.gen_audio.compat import read_matrices
from espnet2.gen_audio.files.matrix_index import check_matrix_index

ROWS = {"a": np.ones((2, 3), np.float32), "b": np.zeros((1, 3), np.float64)}


class Touch:
    """A pickle that makes a file when it is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def index_of(folder, rows, **options):
    kaldiio.save_ark(str(folder / "x.ark"), rows, scp=str(folder / "x.scp"), **options)
    return folder / "x.scp"


@pytest.mark.parametrize("method", [None, 2, 3])
def test_archives_of_numbers_are_accepted_compressed_ones_too(tmp_path, method):
    options = {} if method is None else {"compression_method": method}
    scp = index_of(tmp_path, ROWS, **options)
    check_matrix_index(scp)
    assert sorted(read_matrices(scp)) == ["a", "b"]


@pytest.mark.parametrize(
    "entry", ["touch {made} |", "| touch {made}", "cat x.ark|", "x.ark", "x.ark:-1"]
)
def test_an_entry_that_is_no_place_is_refused_with_its_line(tmp_path, entry):
    scp, made = index_of(tmp_path, ROWS), tmp_path / "made"
    with scp.open("a") as file:
        file.write(f"c {entry.format(made=made)}\n")
    with pytest.raises(ValueError, match="line 3, c: .*only 'file:offset' is read"):
        read_matrices(scp)
    assert not made.exists()


def test_a_pickle_in_an_archive_is_refused_and_not_read(tmp_path):
    made = tmp_path / "made"
    scp = index_of(tmp_path, {"a": Touch(made)}, write_function="pickle")
    with pytest.raises(ValueError, match="line 1, a: .*no binary Kaldi matrix"):
        read_matrices(scp)
    assert not made.exists()


@pytest.mark.parametrize("space", "\t \x0b \x0c \x1f \xa0 \u2003".split(" "))
def test_an_id_ends_where_kaldiio_ends_it(space, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = tmp_path / "made"
    index_of(tmp_path, ROWS)
    pickled = index_of(tmp_path / "", {"a": Touch(made)}, write_function="pickle")
    place = int(pickled.read_text().rsplit(":", 1)[1])
    (tmp_path / "x.ark").rename(tmp_path / "x good.ark")
    kaldiio.save_ark("good.ark", ROWS)
    pickled.write_text(f"a{space}x good.ark:{place}\n", "utf-8")
    with pytest.raises(ValueError, match="line 1, a: x good.ark.*no binary Kaldi"):
        read_matrices(pickled)
    assert not made.exists()


@pytest.mark.parametrize(
    "place",
    ["x.ark:2[::::]", "x.ark:2[]", "x.ark:2[1_0:2]", "x.ark :2", "x.ark:\u0662"],
)
def test_what_kaldiio_would_read_as_another_place_is_refused(place, tmp_path):
    scp = index_of(tmp_path, ROWS)
    scp.write_text(f"a {place}\n", "utf-8")
    with pytest.raises(ValueError, match="only 'file:offset' is read"):
        read_matrices(scp)


def test_rows_of_a_matrix_may_be_asked_for(tmp_path):
    scp = index_of(tmp_path, ROWS)
    first = scp.read_text().splitlines()[0]
    scp.write_text(f"{first}[0:0]\n")
    assert read_matrices(scp)["a"].shape == (1, 3)


def test_an_archive_that_is_gone_is_named(tmp_path):
    scp = index_of(tmp_path, ROWS)
    (tmp_path / "x.ark").unlink()
    with pytest.raises(FileNotFoundError, match="x.ark"):
        check_matrix_index(scp)


@pytest.mark.parametrize("method", [None, 2, 3, 5])
@pytest.mark.parametrize(
    "damage, message",
    [
        (lambda ark: ark[:-1], "takes [0-9]+ bytes, but the archive ends after [0-9]+"),
        (lambda ark: ark[: ark.index(b"\0B") + 8], "ends within the sizes"),
    ],
    ids=["cut at its end", "cut in its header"],
)
def test_a_matrix_that_is_cut_is_named_with_line_and_place(
    tmp_path, method, damage, message
):
    options = {} if method is None else {"compression_method": method}
    scp = index_of(tmp_path, {"a": np.ones((9, 3), np.float32)}, **options)
    ark = tmp_path / "x.ark"
    ark.write_bytes(damage(ark.read_bytes()))
    with pytest.raises(ValueError, match=f"x.scp, line 1, a: .*x.ark:2 .*{message}"):
        read_matrices(scp)


@pytest.mark.parametrize(
    "sizes, message",
    [
        (b"\4\xff\xff\xff\x7f\4\3\0\0\0", "sizes .2147483647, 3., .* the archive ends"),
        (
            b"\4\xff\xff\xff\xff\4\3\0\0\0",
            "of the sizes .-1, 3., without numbers; dump it",
        ),
        (b"\4\xff\xff\xff\x7f\4\0\0\0\0", "without numbers; dump it again"),
        (b"\4\3\0\0\0\x08\3\0\0\0", "a width other than 4 bytes; dump it"),
    ],
)
def test_sizes_that_no_archive_holds_are_refused_before_they_are_read(
    tmp_path, sizes, message
):
    scp = index_of(tmp_path, {"a": np.ones((9, 3), np.float32)})
    ark = tmp_path / "x.ark"
    content = ark.read_bytes()
    begin = content.index(b"FM ") + 3
    ark.write_bytes(content[:begin] + sizes + content[begin + len(sizes) :])
    with pytest.raises(ValueError, match=f"line 1, a: .*x.ark:2 .*{message}"):
        read_matrices(scp)


def test_vectors_and_single_rows_of_either_width_are_whole(tmp_path):
    rows = {"v": np.ones(5), "w": np.ones(5, np.float32), "m": np.ones((1, 5))}
    assert sorted(read_matrices(index_of(tmp_path, rows))) == ["m", "v", "w"]


def test_pipes_and_endless_lines_are_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="pipe is a pipe"):
        check_matrix_index(tmp_path / "pipe")
    scp = tmp_path / "x.scp"
    scp.write_text(f"a {tmp_path}/pipe:2\n")
    with pytest.raises(ValueError, match="pipe is a pipe"):
        check_matrix_index(scp)
    os.truncate(scp, 1 << 30)
    scp.write_text("a " + "x" * 70_000)
    with pytest.raises(ValueError, match="line 1 has 65536 characters or more"):
        check_matrix_index(scp)


@pytest.mark.parametrize(
    "place, message",
    [
        ("{folder}/gone.ark:2", "gone.ark does not exist; correct"),
        ("{folder}:2", "cannot be read .Is a directory.; correct"),
        ("{folder}/x\0.ark:2", "cannot be read .embedded null byte"),
        ("{folder}/x.ark:99999999999999999", "is no binary Kaldi matrix"),
        ("-:2", "only 'file:offset' is read"),
    ],
)
def test_a_place_that_cannot_be_read_is_named_with_its_line(
    tmp_path, monkeypatch, place, message
):
    monkeypatch.chdir(tmp_path)
    scp = index_of(tmp_path, ROWS)
    (tmp_path / "-").write_bytes((tmp_path / "x.ark").read_bytes())
    scp.write_text(f"a {place.format(folder=tmp_path)}\n")
    with pytest.raises(
        (ValueError, FileNotFoundError), match=f"line 1, a: .*{message}"
    ):
        check_matrix_index(scp)


def test_a_byte_order_mark_is_refused_since_kaldiio_makes_it_part_of_the_id(tmp_path):
    scp = index_of(tmp_path, ROWS)
    scp.write_text(scp.read_text(), encoding="utf-8-sig")
    with pytest.raises(ValueError, match="x.scp, line 1 begins with a byte order mark"):
        check_matrix_index(scp)
