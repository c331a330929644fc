"""What differs between toolkits: loading, archives, the command line."""

import os
import pickle
import shlex
import sys
from pathlib import Path

import kaldiio
import numpy as np
import pytest
import torch

from espnet2.gen_audio import compat
from espnet2.gen_audio.compat import (
    MatrixWriter,
    load_tensors,
    pipeline_language_model,
    read_matrices,
)


def test_tensors_numbers_and_containers_come_back(tmp_path: Path) -> None:
    state = {
        "weight": torch.arange(6.0).view(2, 3),
        "epoch": 3,
        "best": [("valid", "loss", "min")],
        "numpy": np.float64(0.25),  # as ESPnet 202511 stores its averages
        "numpy_int": np.int64(7),
    }
    torch.save(state, tmp_path / "a.pth")
    loaded = load_tensors(tmp_path / "a.pth")
    torch.testing.assert_close(loaded.pop("weight"), state.pop("weight"))
    assert loaded == state


class Trap:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self) -> tuple:
        return (os.mknod, (str(self.path),))


@pytest.mark.parametrize("save", [torch.save, "pickle"])
def test_a_file_that_would_run_code_is_refused_and_not_run(
    tmp_path: Path, save: object
) -> None:
    trap, path = Trap(tmp_path / "touched"), tmp_path / "a.pth"
    if save == "pickle":
        path.write_bytes(pickle.dumps({"a": trap}))
    else:
        save({"a": trap}, path)
    with pytest.raises(ValueError, match="a.pth is damaged or holds more than tensors"):
        load_tensors(path)
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04half"])
def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(ValueError, match="a.pth is damaged") as refusal:
        load_tensors(tmp_path / "a.pth")
    assert "\n" not in str(refusal.value)


def test_a_file_without_names_is_refused(tmp_path: Path) -> None:
    torch.save(torch.zeros(2), tmp_path / "a.pth")
    with pytest.raises(ValueError, match="holds a Tensor"):
        load_tensors(tmp_path / "a.pth")


def test_a_missing_file_is_not_called_damaged(tmp_path: Path) -> None:
    for name in ("a.pth", "a.safetensors"):
        with pytest.raises(FileNotFoundError):
            load_tensors(tmp_path / name)


def test_another_precision_is_copied_but_for_what_is_not_read(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    path = tmp_path / "a.safetensors"
    whole = {"encoder.a": torch.rand(3), "a": torch.rand(2), "n": torch.tensor([7])}
    save_file(whole, path)
    loaded = load_tensors(path, dtype=torch.float64, unread=("encoder.", "x"))
    dtypes = {name: values.dtype for name, values in loaded.items()}
    assert dtypes == {
        "encoder.a": torch.float32,
        "a": torch.float64,
        "n": torch.int64,
    }
    assert all(
        torch.equal(loaded[name], whole[name].to(loaded[name])) for name in whole
    )


def test_safetensors_are_read_and_damaged_ones_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    path = tmp_path / "a.safetensors"
    save_file({"weight": torch.ones(2)}, path)
    torch.testing.assert_close(load_tensors(path), {"weight": torch.ones(2)})
    path.write_bytes(b"half")
    with pytest.raises(ValueError, match="no readable safetensors"):
        load_tensors(path)


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


def test_the_command_line_can_be_pasted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["train.py", "--text", "it's a dog", "$HOME"])
    assert shlex.split(compat.get_commandline_args()) == [sys.executable, *sys.argv]


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
