"""Files of tensors are known by their content, and none of them runs anything."""

import io
import os
import pickle
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from espnet2.gen_audio.files import tensor_file
from espnet2.gen_audio.files.file_form import Form, form_of
from espnet2.gen_audio.files.tensor_file import identify, load_tensors, tensors_in_turns


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
    with pytest.raises(ValueError, match="contains a Tensor"):
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


def test_a_file_of_more_tensors_than_any_system_has_is_refused(
    tmp_path: Path, monkeypatch
) -> None:
    from safetensors.torch import save_file

    monkeypatch.setattr(tensor_file, "_MOST_TENSORS", 2)
    state = {name: torch.zeros(1) for name in "abc"}
    save_file(state, tmp_path / "a.safetensors")
    with pytest.raises(ValueError, match="has 3 tensors, more than 2"):
        load_tensors(tmp_path / "a.safetensors")


def test_safetensors_are_read_and_damaged_ones_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    path = tmp_path / "a.safetensors"
    save_file({"weight": torch.ones(2)}, path)
    torch.testing.assert_close(load_tensors(path), {"weight": torch.ones(2)})
    whole = path.read_bytes()
    path.write_bytes(b"half")
    with pytest.raises(ValueError, match="a.safetensors is damaged"):
        load_tensors(path)
    path.write_bytes(whole[:-4])
    with pytest.raises(ValueError, match="no readable safetensors"):
        load_tensors(path)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """One file of every form, each under a name that says something else."""
    from safetensors.torch import save_file

    state, made = {"w": torch.ones(3)}, {}
    for form in Form:
        made[form.name] = tmp_path / f"{form.name}.bin"
    save_file(state, made["SAFETENSORS"])
    torch.save(state, made["TORCH_ZIP"])
    torch.save(state, made["TORCH_PICKLE"], _use_new_zipfile_serialization=False)
    torch.jit.script(torch.nn.Linear(2, 2)).save(made["TORCHSCRIPT"])
    with zipfile.ZipFile(made["ARCHIVE"], "w") as archive:
        archive.writestr("meta.yaml", "files: {}")
    with zipfile.ZipFile(made["OTHER"], "w") as archive:
        archive.writestr("photo.jpg", "jpeg")
    return made


@pytest.mark.parametrize("form", list(Form), ids=lambda form: form.name)
def test_the_form_of_a_file_follows_from_its_content(
    files: dict[str, Path], form: Form
) -> None:
    assert form_of(files[form.name]) is form


@pytest.mark.parametrize("form", list(Form), ids=lambda form: form.name)
@pytest.mark.parametrize("ending", [".pth", ".safetensors", ".zip", ".jpg"])
def test_the_ending_of_the_name_does_not_count(
    files: dict[str, Path], form: Form, ending: str
) -> None:
    renamed = files[form.name].with_suffix(ending)
    files[form.name].rename(renamed)
    assert form_of(renamed) is form


def test_a_tar_is_an_archive(files: dict[str, Path], tmp_path: Path) -> None:
    for mode in ("w", "w:gz", "w:xz"):
        with tarfile.open(tmp_path / "a.pth", mode) as tar:
            tar.add(files["OTHER"], "photo")
        assert form_of(tmp_path / "a.pth") is Form.ARCHIVE


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04half", b"\xff" * 8 + b"{", b"<html>", b"\x1f\x8b"]
)
def test_what_is_damaged_has_no_form(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pth").write_bytes(content)
    assert form_of(tmp_path / "a.pth") is Form.OTHER


@pytest.mark.parametrize("name", ["TORCHSCRIPT", "ARCHIVE", "OTHER"])
def test_a_file_that_is_no_file_of_tensors_is_refused_before_torch_sees_it(
    files: dict[str, Path], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def called(*_: object, **__: object) -> None:
        raise AssertionError("torch was called")

    monkeypatch.setattr(torch, "load", called)
    monkeypatch.setattr(torch.jit, "load", called)
    for read in (identify, load_tensors):
        with pytest.raises(ValueError, match=f"{name}.bin is") as refusal:
            read(files[name])
        assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", ["TORCH_ZIP", "TORCH_PICKLE"])
def test_a_file_of_torch_under_the_other_name_is_refused(
    files: dict[str, Path], name: str
) -> None:
    renamed = files[name].with_suffix(".safetensors")
    files[name].rename(renamed)
    with pytest.raises(ValueError, match="rename it to .pth"):
        load_tensors(renamed)


def test_a_safetensors_file_is_read_whatever_it_is_called(
    files: dict[str, Path],
) -> None:
    assert torch.equal(load_tensors(files["SAFETENSORS"])["w"], torch.ones(3))


def test_the_tensors_of_a_safetensors_file_come_in_turns(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    whole = {f"t{n:03d}": torch.full((2,), float(n)) for n in range(100)}
    save_file(whole, tmp_path / "a.safetensors")
    found = {n: t.clone() for n, t in tensors_in_turns(tmp_path / "a.safetensors")}
    assert found.keys() == whole.keys()
    assert all(torch.equal(found[name], whole[name]) for name in whole)


def test_a_scripted_module_that_writes_when_it_is_opened_is_not_opened(
    tmp_path: Path, torchscript_trap: Callable[[Path, Path], None]
) -> None:
    marker, path = tmp_path / "ran", tmp_path / "a.pth"
    torchscript_trap(path, marker)
    with pytest.raises(ValueError, match="a.pth is a TorchScript archive"):
        load_tensors(path)
    assert not marker.exists()
    torch.jit.load(path)  # the trap is a real one
    assert marker.exists()


def hidden_from_zipfile(path: Path, hostile: Path) -> None:
    """Write a zip whose members zipfile lists otherwise than torch's reader.

    Before its very last record stand the list and the further records of another file.
    zipfile takes that list; torch's reader does not find those records where they say
    they are, goes by the very last one, and sees the code.
    """
    raw, plain = hostile.read_bytes(), io.BytesIO()
    torch.save({"w": torch.ones(2)}, plain)
    with zipfile.ZipFile(plain) as archive:
        others = plain.getvalue()[archive.start_dir :]
    last = raw.index(b"PK\x05\x06")
    path.write_bytes(raw[:last] + others[: others.index(b"PK\x05\x06")] + raw[last:])


def test_a_zip_that_readers_disagree_on_is_not_opened(
    tmp_path: Path, torchscript_trap: Callable[[Path, Path], None]
) -> None:
    marker, path = tmp_path / "ran", tmp_path / "a.pth"
    torchscript_trap(tmp_path / "hostile.pt", marker)
    hidden_from_zipfile(path, tmp_path / "hostile.pt")
    with zipfile.ZipFile(path) as archive:
        assert "archive/data.pkl" in archive.namelist()
        assert not any("code" in name for name in archive.namelist())
    assert form_of(path) is Form.OTHER
    with pytest.raises(ValueError, match="a.pth is damaged or no file of tensors"):
        load_tensors(path)
    assert not marker.exists()
    torch.jit.load(path)  # torch itself finds the code
    assert marker.exists()


def test_a_zip_with_something_before_or_behind_it_is_not_opened(
    files: dict[str, Path],
) -> None:
    whole = files["TORCH_ZIP"].read_bytes()
    for content in (whole + b"x", whole[:4] + b"x" + whole[4:]):
        files["TORCH_ZIP"].write_bytes(content)
        assert form_of(files["TORCH_ZIP"]) is Form.OTHER


def test_a_header_whose_length_begins_like_a_pickle_is_no_pickle(
    tmp_path: Path,
) -> None:
    from safetensors.torch import save_file

    path = tmp_path / "a.safetensors"
    for count in range(1, 200):  # one length in 32 has that byte
        save_file({"w": torch.ones(1)}, path, metadata={"m": "x" * 8 * count})
        assert form_of(path) is Form.SAFETENSORS
        if path.read_bytes()[0] == 0x80:
            break
    assert path.read_bytes()[0] == 0x80
