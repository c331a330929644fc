"""What differs between toolkits: archives, the command line, mixed precision."""

import os
from pathlib import Path

import kaldiio
import numpy as np
import pytest
import torch

from espnet2.gen_audio import compat
from espnet2.gen_audio.compat import (
    MatrixWriter,
    pipeline_language_model,
    read_matrices,
)

MATRICES = {
    "a": np.arange(6, dtype=np.float32).reshape(2, 3),
    "clip-ü": np.full((1, 3), -0.5, dtype=np.float32),
    "c": np.eye(4, dtype=np.float32),
}


def write(folder: Path, matrices: dict[str, np.ndarray]) -> Path:
    """Write an archive and return its index."""
    with MatrixWriter(folder / "loa.ark", folder / "loa.scp") as writer:
        for utt_id, matrix in matrices.items():
            writer[utt_id] = matrix
    return folder / "loa.scp"


def test_matrices_come_back_by_id_and_in_order(tmp_path: Path) -> None:
    read = read_matrices(write(tmp_path / "new" / "folder", MATRICES))
    assert list(read) == list(MATRICES)
    for utt_id, matrix in MATRICES.items():
        np.testing.assert_array_equal(read[utt_id], matrix)


def test_the_index_is_that_of_kaldi(tmp_path: Path) -> None:
    ours = write(tmp_path, MATRICES)
    theirs = tmp_path / "theirs.scp"
    kaldiio.save_ark(str(tmp_path / "theirs.ark"), MATRICES, scp=str(theirs))
    assert ours.read_text("utf-8") == theirs.read_text("utf-8").replace("theirs", "loa")
    assert (tmp_path / "loa.ark").read_bytes() == (tmp_path / "theirs.ark").read_bytes()


def test_the_toolkit_reads_the_archive_as_its_own_type(tmp_path: Path) -> None:
    from espnet2.train.dataset import ESPnetDataset

    scp = write(tmp_path, MATRICES)
    dataset = ESPnetDataset([(str(scp), "loa", "kaldi_ark")])
    np.testing.assert_array_equal(dataset["c"][1]["loa"], MATRICES["c"])


def test_an_interrupted_writer_leaves_the_old_files(tmp_path: Path) -> None:
    scp = write(tmp_path, MATRICES)
    with pytest.raises(KeyboardInterrupt):
        with MatrixWriter(tmp_path / "loa.ark", scp) as writer:
            writer["other"] = np.zeros((9, 9))
            raise KeyboardInterrupt
    np.testing.assert_array_equal(read_matrices(scp)["a"], MATRICES["a"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["loa.ark", "loa.scp"]


def test_nothing_stands_under_its_final_name_before_the_end(tmp_path: Path) -> None:
    with MatrixWriter(tmp_path / "loa.ark", tmp_path / "loa.scp") as writer:
        writer["a"] = MATRICES["a"]
        assert not (tmp_path / "loa.ark").exists()
        assert not (tmp_path / "loa.scp").exists()


def test_a_kill_between_the_renames_leaves_no_index_of_another_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scp = write(tmp_path, MATRICES)
    rename = os.replace
    writer = MatrixWriter(tmp_path / "loa.ark", scp).__enter__()
    writer["a"] = np.zeros((9, 9))

    def die_at_the_index(source: Path, target: Path) -> None:
        if Path(target) == scp:
            raise KeyboardInterrupt
        rename(source, target)

    monkeypatch.setattr(os, "replace", die_at_the_index)
    with pytest.raises(KeyboardInterrupt):
        writer.__exit__(None, None, None)
    assert not scp.exists()


@pytest.mark.parametrize(
    ("utt_id", "matrix", "message"),
    [
        ("a b", np.zeros((1, 1)), "white space"),
        ("", np.zeros((1, 1)), "empty"),
        ("twice", np.zeros((1, 1)), "written before"),
        ("flat", np.zeros(3), r"shape \(3,\)"),
        ("nothing", np.zeros((0, 3)), r"shape \(0, 3\)"),
        ("nan", np.array([[np.nan]]), "NaN or infinity"),
    ],
)
def test_what_no_archive_can_hold_is_refused(
    tmp_path: Path, utt_id: str, matrix: np.ndarray, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        with MatrixWriter(tmp_path / "a.ark", tmp_path / "a.scp") as writer:
            writer["twice"] = np.zeros((1, 1))
            writer[utt_id] = matrix
    assert list(tmp_path.iterdir()) == []


def test_the_toolkit_version_is_one_we_know() -> None:
    assert compat.TOOLKIT_VERSION in ("202511", "202611")


def test_autocast_lowers_the_precision_only_where_enabled() -> None:
    a = torch.ones(2, 2)
    with compat.autocast("cpu", True, torch.bfloat16):
        assert (a @ a).dtype == torch.bfloat16
    with compat.autocast("cpu", False, torch.bfloat16):
        assert (a @ a).dtype == torch.float32


def test_the_class_of_gpt2_that_the_installed_pipeline_calls_exists() -> None:
    import transformers

    assert hasattr(transformers, pipeline_language_model())
