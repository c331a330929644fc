"""The optimisers of a config: muon by name, and which matrices it updates."""

import argparse

import pytest
import torch

from espnet2.gen_audio.training.muon import MuonWithAdamW
from espnet2.gen_audio.training.optimisers import (
    build_optimiser,
    is_without_parameters,
)


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_in = torch.nn.Conv2d(3, 4, 3)
        self.positions = torch.nn.Embedding(6, 4)
        self.token = torch.nn.Parameter(torch.zeros(1, 1, 4))
        self.depthwise = torch.nn.Conv1d(4, 4, 3, groups=4)
        self.hidden = torch.nn.Linear(4, 6)
        self.kernel = torch.nn.Conv1d(6, 4, 3)
        self.norm = torch.nn.LayerNorm(4)
        self.gate = torch.nn.Linear(4, 4, bias=False)
        self.score = torch.nn.Linear(4, 3)
        self.frozen = torch.nn.Linear(4, 4).requires_grad_(False)


def updated_by_muon(optimiser, model):
    found = {id(p) for p in optimiser.param_groups[0]["params"]}
    return {name for name, p in model.named_parameters() if id(p) in found}


def everything(optimiser):
    return [p for group in optimiser.param_groups for p in group["params"]]


def test_muon_gets_hidden_matrices_and_adamw_every_other_parameter_that_learns():
    model = Network()
    optimiser = build_optimiser("muon", {"lr": 0.1}, model, model.parameters())
    hidden = {"hidden.weight", "kernel.weight", "gate.weight"}
    assert updated_by_muon(optimiser, model) == hidden
    learning = {id(p) for p in model.parameters() if p.requires_grad}
    assert {id(p) for p in everything(optimiser)} == learning
    assert len(everything(optimiser)) == len(learning)


def test_a_config_can_name_further_layers_for_adamw():
    model = Network()
    conf = {"adamw_names": ["gate"]}
    optimiser = build_optimiser("muon", conf, model, model.parameters())
    assert updated_by_muon(optimiser, model) == {"hidden.weight", "kernel.weight"}
    assert conf == {"adamw_names": ["gate"]}


def test_only_the_parameters_that_were_given_are_updated():
    model = Network()
    optimiser = build_optimiser("muon", {}, model, model.kernel.parameters())
    assert len(everything(optimiser)) == 2


def test_a_model_without_hidden_matrices_is_left_to_adamw():
    model = torch.nn.LayerNorm(4)
    optimiser = build_optimiser("muon", {}, model, model.parameters())
    assert [group["name"] for group in optimiser.param_groups] == ["adamw"]


def test_every_other_name_is_espnets_optimiser():
    model = Network()
    conf = {"lr": 0.2, "fused": True}
    optimiser = build_optimiser("adamw", conf, model, model.parameters())
    assert type(optimiser) is torch.optim.AdamW
    assert optimiser.defaults["lr"] == 0.2 and optimiser.defaults["fused"]


def options(**changed):
    given = dict(optim="muon", optim_conf={}, sharded_ddp=False)
    return argparse.Namespace(**{**given, "exclude_weight_decay": False, **changed})


def test_a_task_builds_muon_by_its_name(toy):
    (optimiser,) = toy.ToyTask.build_optimizers(options(), toy.Regressor())
    assert isinstance(optimiser, MuonWithAdamW)
    args = toy.ToyTask.get_parser().parse_args(["--optim", "muon"])
    assert args.optim == "muon"


def test_an_adversarial_task_builds_muon_for_either_side(toy):
    args = options(optim2="muon", optim2_conf={"muon_lr_ratio": 2.0})
    model = toy.Adversary()
    first, second = toy.ToyGANTask.build_optimizers(args, model)
    assert updated_by_muon(first, model) == {"generator.0.weight", "generator.2.weight"}
    assert {id(p) for p in everything(second)} == {
        id(p) for p in model.discriminator_parameters()
    }


@pytest.mark.parametrize("option", ["sharded_ddp", "exclude_weight_decay"])
def test_options_that_muon_does_not_follow_are_refused(toy, option):
    with pytest.raises(ValueError, match=f"{option} True"):
        toy.ToyTask.build_optimizers(options(**{option: True}), toy.Regressor())


@pytest.mark.parametrize(
    "optim, conf",
    [
        ("muon", ["lr=0.05"]),
        ("muon", ["lr=0.05", "muon_lr_ratio=0.5", "fused=true"]),
        ("adamw", ["lr=0.05", "fused=true"]),
    ],
)
def test_a_run_that_stopped_goes_on_to_the_same_weights(
    toy, toy_data, tmp_path, optim, conf
):
    chosen = dict(optim=optim, optim_conf=conf)

    def run(folder, epochs):
        words = toy.command(toy_data, tmp_path / folder, max_epoch=epochs, **chosen)
        toy.ToyTask.main(cmd=words)
        return torch.load(tmp_path / folder / "latest.pth", weights_only=True)

    expected = run("whole", 3)
    run("stopped", 1)
    found = run("stopped", 3)
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_a_gradient_that_is_not_finite_leaves_weights_of_the_fused_optimiser(
    toy, toy_data, tmp_path
):
    spoilt = dict(model_conf=["spoil=1.0", "at=gradient"])
    conf = ["lr=0.05", "fused=true"]
    words = toy.command(toy_data, tmp_path, optim_conf=conf, **spoilt)
    with pytest.raises(RuntimeError, match="no step of epoch 1 had finite gradients"):
        toy.ToyTask.main(cmd=words)


def test_fused_adamw_makes_the_steps_of_the_loop_up_to_rounding():
    torch.manual_seed(0)
    weights = []
    for fused in (False, True):
        weight = torch.nn.Parameter(torch.linspace(-1.0, 1.0, 50))
        optimiser = torch.optim.AdamW([weight], lr=0.01, fused=fused)
        for step in range(20):
            weight.grad = (weight.detach() - 0.1 * step).sin()
            optimiser.step()
        weights.append(weight.detach())
    torch.testing.assert_close(*weights, rtol=1e-5, atol=1e-6)


def test_no_parameters_give_an_optimiser_that_says_so():
    model = Network()
    empty = build_optimiser("adam", {"lr": 0.1}, model, iter(()))
    full = build_optimiser("adam", {"lr": 0.1}, model, model.parameters())
    assert is_without_parameters(empty) and not is_without_parameters(full)
