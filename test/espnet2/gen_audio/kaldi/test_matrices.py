"""Archives of matrices."""

import numpy as np
import pytest

from espnet2.gen_audio.compat import MatrixWriter, read_matrices
from espnet2.gen_audio.kaldi.matrices import write_matrices

MATRICES = {
    "b": np.arange(6, dtype=np.float32).reshape(2, 3),
    "a": np.ones((4, 1), np.float32),
}


def test_matrices_are_read_as_they_were_written_and_shapes_stand_beside_them(tmp_path):
    write_matrices(tmp_path, "loa", MATRICES.items(), len(MATRICES))
    read = read_matrices(tmp_path / "loa.scp")
    assert list(read) == ["b", "a"]
    assert all(np.array_equal(read[name], MATRICES[name]) for name in MATRICES)
    assert (tmp_path / "loa_shape").read_text() == "b 2,3\na 4,1\n"


def test_a_matrix_that_is_not_finite_leaves_no_file(tmp_path):
    broken = {**MATRICES, "c": np.full((1, 1), np.nan)}
    with pytest.raises(ValueError, match="c: the matrix .* has NaN"):
        write_matrices(tmp_path, "loa", broken.items(), len(broken))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "rows, bits, error", [(40, 16, 4e-5), (40, 8, 0.02), (8, 8, 0.006)]
)
def test_fewer_bits_cost_half_or_a_quarter_of_the_disk_and_a_known_error(
    tmp_path, rows, bits, error
):
    matrix = np.random.RandomState(0).randn(rows, 600).astype(np.float32)
    level = np.full((rows, 600), 0.25, np.float32)  # without any range
    pairs = {"a": matrix, "b": level}
    write_matrices(tmp_path, "loa", pairs.items(), 2, bits)
    read = read_matrices(tmp_path / "loa.scp")  # which checks sizes and headers
    spread = matrix.max() - matrix.min()
    assert 0 < np.abs(read["a"] - matrix).max() < error * spread
    assert np.abs(read["b"] - level).max() < 1e-5 and read["a"].dtype == np.float32
    size = (tmp_path / "loa.ark").stat().st_size / matrix.nbytes / 2
    assert bits / 32 <= size < bits / 32 * (1.3 if rows == 40 and bits == 8 else 1.01)


def test_a_large_archive_goes_on_in_another_file(tmp_path):
    index = tmp_path / "loa.scp"
    with MatrixWriter(tmp_path / "loa.ark", index, shard_bytes=100) as writer:
        for number in range(7):
            writer[f"k{number}"] = np.full((4, 4), number)  # 64 bytes and a header
    names = [f"loa{number}.ark" for number in ("", ".1", ".2", ".3")]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [*names, "loa.scp"]
    )
    read = read_matrices(index)
    assert [read[f"k{number}"][0, 0] for number in range(7)] == list(range(7))
    with pytest.raises(RuntimeError):
        with MatrixWriter(tmp_path / "x.ark", tmp_path / "x.scp", 16, 1) as writer:
            writer["a"] = writer["b"] = np.ones((1, 1))
            raise RuntimeError
    assert not list(tmp_path.glob("*x.*"))
    with pytest.raises(ValueError, match="bits 12: a number has"):
        MatrixWriter(tmp_path / "x.ark", tmp_path / "x.scp", 12)
