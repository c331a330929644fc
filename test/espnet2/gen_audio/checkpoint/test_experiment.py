"""The model of a training's folder: the right file, the average, and no silence."""

import pytest
import torch
import yaml

from espnet2.gen_audio.checkpoint.archive.tensor_writer import write_tensors
from espnet2.gen_audio.checkpoint.archive.trained import part_of
from espnet2.gen_audio.checkpoint.experiment import WEIGHTS, load_experiment
from espnet2.gen_audio.diffusion.build import build_ldm

CONFIG = {
    "part": "ldm",
    "best_model_criterion": [["valid", "eps_mse", "min"]],
    "unet_conf": {"channels": [32], "loa_dim": 8, "tokens_dim": None, "head_dim": 8},
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    torch.manual_seed(0)
    model = build_ldm(CONFIG)
    model.update_ema()
    with torch.no_grad():
        model.unet.net.conv_in.bias.fill_(7.0)  # the live weight leaves its average
    torch.save(model.state_dict(), tmp_path / "valid.eps_mse.best.pth")
    torch.save(model.state_dict(), tmp_path / "3epoch.pth")
    return tmp_path


def change(folder, edit):
    path = folder / "valid.eps_mse.best.pth"
    state = torch.load(path, weights_only=True)
    edit(state)
    torch.save(state, path)


def test_generation_gets_the_average_and_training_weights_on_request(folder):
    averaged = load_experiment(folder)
    live = load_experiment(folder, use_ema=False)
    assert (live.unet.net.conv_in.bias == 7).all()
    assert not (averaged.unet.net.conv_in.bias == 7).any()


def test_the_model_is_ready_for_use(folder):
    model = load_experiment(folder)
    assert not model.training
    assert not any(weight.requires_grad for weight in model.parameters())


def test_weights_are_named_in_the_folder_or_by_a_path(folder):
    load_experiment(folder, weights="3epoch.pth")
    load_experiment(folder, weights=str(folder / "3epoch.pth"))
    with pytest.raises(FileNotFoundError, match="3epoch.pth, valid.eps_mse.best.pth"):
        load_experiment(folder, weights="9epoch.pth")


def test_a_folder_without_a_training_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="config.yaml does not exist"):
        load_experiment(tmp_path)


def test_another_part_than_wanted_is_refused(folder):
    with pytest.raises(ValueError, match="part 'ldm'; one of vae"):
        load_experiment(folder, parts=("vae",))


def test_missing_extra_and_misshapen_weights_are_all_listed(folder):
    def spoil(state):
        state["stray"] = torch.zeros(1)
        del state["unet.net.conv_in.weight"]
        state["unet.net.conv_out.bias"] = torch.zeros(3)

    change(folder, spoil)
    with pytest.raises(ValueError) as refusal:
        load_experiment(folder)
    for fault in (
        "missing: unet.net.conv_in.weight",
        "extra: stray",
        r"misshapen: unet.net.conv_out.bias (3,), not (8,)",
    ):
        assert fault in str(refusal.value)


def test_a_pickle_is_not_executed(folder):
    class Trap:
        def __reduce__(self):
            return (open, (str(folder / "sprung"), "w"))

    change(folder, lambda state: state.update(trap=Trap()))
    with pytest.raises(ValueError, match="never loaded"):
        load_experiment(folder)
    assert not (folder / "sprung").exists()


def test_weights_that_are_not_finite_are_refused_by_name(folder):
    change(folder, lambda s: s["unet.net.conv_in.bias"].fill_(float("inf")))
    with pytest.raises(ValueError, match="not finite: unet.net.conv_in.bias;"):
        load_experiment(folder)


def test_a_config_without_a_criterion_means_that_of_the_part(folder):
    config = {key: CONFIG[key] for key in CONFIG if key != "best_model_criterion"}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    load_experiment(folder)
    (folder / "valid.eps_mse.best.pth").unlink()
    with pytest.raises(FileNotFoundError, match="espnet2.gen_audio.bin.ldm_train"):
        load_experiment(folder)


def test_scripted_weights_are_not_opened(folder, tmp_path, torchscript_trap):
    marker = tmp_path / "sprung"
    torchscript_trap(folder / "valid.eps_mse.best.pth", marker)
    with pytest.raises(ValueError, match="best.pth is a TorchScript archive"):
        load_experiment(folder)
    assert not marker.exists()


@pytest.mark.parametrize("text", ["[1]", "a: b: c", "3"])
def test_a_config_of_another_form_is_refused_in_one_line(folder, text):
    (folder / "config.yaml").write_text(text)
    with pytest.raises(ValueError, match="config.yaml") as refusal:
        load_experiment(folder)
    assert "\n" not in " ".join(str(refusal.value).split())


def test_weights_stored_in_half_precision_are_used_in_single_precision(
    folder, tmp_path
):
    (part,) = part_of(folder)
    half = {
        name: tensor.bfloat16() if tensor.is_floating_point() else tensor
        for name, tensor in part.state.items()
    }
    stored = tmp_path / "half"
    stored.mkdir()
    write_tensors(half, stored / WEIGHTS)
    (stored / "config.yaml").write_text(yaml.safe_dump(dict(part.config)))
    model = load_experiment(stored)
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    bias = "unet.net.conv_in.bias"
    assert torch.equal(model.state_dict()[bias], half[bias].float())
