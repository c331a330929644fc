"""Archives of matrices."""

import numpy as np
import pytest

from espnet2.gen_audio.compat import read_matrices
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
