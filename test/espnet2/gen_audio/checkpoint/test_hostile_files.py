"""Hostile, damaged and foreign files at every entry point: one line, nothing is run.

The entry points are listed in ``egs2/audioldm2/ENTRY_POINTS.md``. Those of the
toolkit's trainer are tested in ``training/test_hostile_checkpoints.py``, archives in
``archive/``.
"""

import argparse
import os
import pickle
import shutil
import zipfile

import official_state
import pytest
import torch
import yaml

from espnet2.gen_audio.bin import convert_checkpoint, gen_audio_inference
from espnet2.gen_audio.checkpoint.archive.folder import read_system, write_system
from espnet2.gen_audio.checkpoint.archive.packed import open_archive, write_archive
from espnet2.gen_audio.checkpoint.archive.system import System
from espnet2.gen_audio.checkpoint.archive.tensor_writer import write_tensors
from espnet2.gen_audio.checkpoint.archive.trained import part_of
from espnet2.gen_audio.checkpoint.detect import read_any
from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.files.file_form import Form, form_of
from espnet2.gen_audio.generation_options import model_options
from espnet2.gen_audio.parts import PARTS
from espnet2.gen_audio.tasks.gan_vae import GANVAETask
from espnet2.gen_audio.training.finetune import start_from
from espnet2.gen_audio.training.init_from import init_model


class Trap:
    """Writes a file when it is unpickled by a reader that runs what it reads."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (open, (str(self.marker), "w"))


@pytest.fixture(scope="module")
def whole():
    """A state that fits the experiment of ``folder``."""
    return official_state.complete("full")


def trapped(path, state, marker):
    torch.save({"state_dict": state, "callbacks": Trap(marker)}, path)


def bare_pickle(path, state, marker):
    path.write_bytes(pickle.dumps({"weight": Trap(marker)}))


def not_finite(path, state, marker):
    name = next(n for n, t in state.items() if t.dim() == 1 and "bias" in n)
    torch.save(dict(state) | {name: state[name] * float("nan")}, path)


def cut_short(path, state, marker):
    torch.save(state, path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def text(path, state, marker):
    path.write_text("<html>quota exceeded</html>")


def empty(path, state, marker):
    path.write_bytes(b"")


def without_one(path, state, marker):
    torch.save(dict(list(state.items())[1:]), path)


def with_one_more(path, state, marker):
    torch.save(dict(state) | {"strange.weight": torch.ones(2)}, path)


def misshapen(path, state, marker):
    name = next(n for n, t in state.items() if t.dim() == 1 and "bias" in n)
    torch.save(dict(state) | {name: torch.ones(3)}, path)


def memo_of_gigabytes(path, state, marker):
    """Ten bytes that ask for two gigabytes."""
    path.write_bytes(b"\x80\x02}r" + (1 << 27).to_bytes(4, "little") + b".")


def repeated(path, state, marker):
    """One number in the place of a tensor of many."""
    name = next(n for n, t in state.items() if t.numel() > 1)
    one = torch.ones(1).expand(state[name].shape)
    torch.save(dict(state) | {name: one}, path)


def compressed(path, state, marker):
    """What unpacks to far more than its size."""
    torch.save(dict(state), path)
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)


FILES = [
    bare_pickle,
    memo_of_gigabytes,
    repeated,
    compressed,
    cut_short,
    text,
    empty,
    without_one,
    with_one_more,
    misshapen,
    not_finite,
]


@pytest.fixture(
    params=[*FILES, "torchscript"], ids=lambda make: getattr(make, "__name__", make)
)
def make(request, torchscript_trap):
    """Return what writes one such file: (path, state that fits, marker)."""
    if request.param == "torchscript":
        return lambda path, state, marker: torchscript_trap(path, marker)
    return request.param


def one_line(capsys):
    """Return the only line of complaint that a command left."""
    lines = [line for line in capsys.readouterr().err.splitlines() if "error" in line]
    assert len(lines) == 1, lines
    return lines[0]


def test_the_conversion_refuses_it_in_one_line(make, whole, tmp_path, capsys):
    path, marker = tmp_path / "given.pth", tmp_path / "ran"
    make(path, whole, marker)
    with pytest.raises(SystemExit) as left:
        convert_checkpoint.main(
            [
                "--input",
                str(path),
                "--output",
                str(tmp_path / "out"),
                *geometry(tmp_path),
            ]
        )
    assert left.value.code != 0
    assert "given.pth" in one_line(capsys)
    assert not marker.exists()
    assert not (tmp_path / "out" / "system.yaml").exists()


def test_an_official_file_with_a_trap_is_read_and_the_trap_is_not_sprung(
    whole, tmp_path, capsys
):
    path, marker = tmp_path / "given.ckpt", tmp_path / "ran"
    trapped(path, whole, marker)
    convert_checkpoint.main(
        ["--input", str(path), "--output", str(tmp_path / "out"), *geometry(tmp_path)]
    )
    assert "open" in capsys.readouterr().out
    assert (tmp_path / "out" / "system.yaml").exists()
    assert not marker.exists()


def geometry(folder):
    path = folder / "geometry.yaml"
    path.write_text(yaml.safe_dump(official_state.GEOMETRY))
    return ["--geometry", str(path)]


@pytest.mark.parametrize("place", ["a folder", "an empty folder", "nothing"])
def test_folders_of_other_things_are_refused_in_one_line(place, tmp_path, capsys):
    given = tmp_path / "given"
    if place != "nothing":
        given.mkdir()
    if place == "a folder":
        (given / "photo.jpg").write_bytes(b"jpeg")
    with pytest.raises(SystemExit):
        convert_checkpoint.main(
            ["--input", str(given), "--output", str(tmp_path / "o")]
        )
    assert "official .pth" in one_line(capsys)


def test_an_experiment_refuses_it_in_one_line(make, experiments, tmp_path):
    folder = tmp_path / "vae"
    shutil.copytree(experiments["vae"], folder)
    weights, marker = next(folder.glob("*.pth")), tmp_path / "ran"
    make(weights, torch.load(weights, weights_only=True), marker)
    with pytest.raises(ValueError) as refused:
        load_experiment(folder)
    assert "\n" not in str(refused.value) and weights.name in str(refused.value)
    assert not marker.exists()


def test_initial_weights_refuse_it_and_change_nothing(make, tmp_path):
    model = torch.nn.Sequential(torch.nn.Linear(2, 5), torch.nn.Linear(5, 2))
    before = {n: t.clone() for n, t in model.state_dict().items()}
    path, marker = tmp_path / "given.pth", tmp_path / "ran"
    make(path, before, marker)
    with pytest.raises(ValueError) as refused:
        init_model(model, [str(path)])
    assert "\n" not in str(refused.value) and "given.pth" in str(refused.value)
    assert not marker.exists()
    assert all(torch.equal(before[n], t) for n, t in model.state_dict().items())


def test_generation_refuses_it_in_one_line(make, experiments, tmp_path, capsys):
    folder = tmp_path / "vae"
    shutil.copytree(experiments["vae"], folder)
    weights, marker = next(folder.glob("*.pth")), tmp_path / "ran"
    make(weights, torch.load(weights, weights_only=True), marker)
    captions = tmp_path / "text"
    captions.write_text("a1 a dog\n")
    options = {
        "text": captions,
        "output_dir": tmp_path / "out",
        "vae_dir": folder,
        "loa_lm_dir": experiments["loa_lm"],
        "ldm_dir": experiments["ldm"],
        "units_model": captions,  # exists; no encoder reads it
    }
    words = [word for k, v in options.items() for word in (f"--{k}", str(v))]
    encoder = argparse.Namespace(from_units=lambda _: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model_options, "CaptionEncoder", encoder)
        with pytest.raises(SystemExit):
            gen_audio_inference.main(words)
    assert weights.name in one_line(capsys)
    assert not marker.exists()


def put(make, place, state, marker):
    """Write such a file in the place of a part's weights."""
    make(place.with_suffix(".pth"), state, marker)
    misfits = form_of(place.with_suffix(".pth")) is Form.TORCH_ZIP
    if misfits and make not in (repeated, compressed):
        # a state of the right form, which only does not fit
        write_tensors(torch.load(place.with_suffix(".pth")), place)
        place.with_suffix(".pth").unlink()
    else:
        place.with_suffix(".pth").replace(place)


def test_a_packed_archive_of_such_weights_is_refused(make, experiments, tmp_path):
    (part,) = part_of(experiments["vae"])
    write_system(System("custom", {"vae": part}, {}), tmp_path / "system")
    weights, marker = (
        tmp_path / "system" / "vae" / "model.safetensors",
        tmp_path / "ran",
    )
    put(make, weights, part.state, marker)
    archive = write_archive(tmp_path / "system", tmp_path / "a.zip")
    with pytest.raises(ValueError) as refused:
        read_system(open_archive(archive, tmp_path / "cache"))
    assert "\n" not in str(refused.value) and weights.name in str(refused.value)
    assert not marker.exists()


def test_fine_tuning_refuses_it_in_one_line(make, experiments, tmp_path):
    (part,) = part_of(experiments["vae"])
    write_system(System("custom", {"vae": part}, {}), tmp_path)
    config = yaml.safe_load((tmp_path / "vae" / "config.yaml").read_text())
    model, marker = PARTS["vae"].build(config), tmp_path / "ran"
    weights = tmp_path / "vae" / "model.safetensors"
    before = {name: t.clone() for name, t in model.state_dict().items()}
    put(make, weights, part.state, marker)
    with pytest.raises(ValueError) as refused:
        start_from(model, tmp_path / "vae")
    assert "\n" not in str(refused.value) and "vae" in str(refused.value)
    assert all(torch.equal(before[n], t) for n, t in model.state_dict().items())
    assert not marker.exists()


def test_a_model_built_from_files_refuses_it_in_one_line(make, tmp_path, experiments):
    config = yaml.safe_load((experiments["vae"] / "config.yaml").read_text())
    state = PARTS["vae"].build(config).state_dict()
    path, marker = tmp_path / "given.pth", tmp_path / "ran"
    make(path, state, marker)
    model = PARTS["vae"].build(config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GANVAETask, "build_model", lambda _: model)
        with pytest.raises(ValueError) as refused:
            GANVAETask.build_model_from_file(experiments["vae"] / "config.yaml", path)
    assert "\n" not in str(refused.value) and "given.pth" in str(refused.value)
    assert not marker.exists()


@pytest.mark.parametrize("ending", [".bin", ".safetensors"])
def test_a_scripted_component_of_a_diffusers_folder_is_not_opened(
    tmp_path, torchscript_trap, ending
):
    (tmp_path / "vae").mkdir()
    path, marker = tmp_path / "vae" / f"diffusion_pytorch_model{ending}", tmp_path / "r"
    torchscript_trap(path, marker)
    with pytest.raises(ValueError, match=f"model{ending} is a TorchScript archive"):
        read_any(tmp_path)
    assert not marker.exists()


def test_a_pipe_in_the_place_of_a_checkpoint_is_refused_in_one_line(tmp_path, capsys):
    os.mkfifo(tmp_path / "given.pth")
    with pytest.raises(SystemExit):
        convert_checkpoint.main(
            ["--input", str(tmp_path / "given.pth"), "--output", str(tmp_path / "o")]
        )
    assert "given.pth is a pipe" in one_line(capsys)


def test_a_state_that_is_a_number_is_refused_in_one_line(tmp_path, capsys):
    for content in ({"state_dict": 5}, {"state_dict": {5: 6}}, {5: 6}):
        torch.save(content, tmp_path / "given.pth")
        with pytest.raises(SystemExit):
            convert_checkpoint.main(
                [
                    "--input",
                    str(tmp_path / "given.pth"),
                    "--output",
                    str(tmp_path / "o"),
                ]
            )
        assert "where tensors by name are needed; give" in one_line(capsys)
