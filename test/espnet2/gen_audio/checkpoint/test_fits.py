"""Imported tensors against the model they are for, without memory."""

import pytest
import torch

from espnet2.gen_audio.checkpoint.fits import (
    refuse_misfits,
    refuse_misfits_of_part,
    sizes,
    without_memory,
)


def fresh():
    return torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 1))


def test_a_state_that_fits_passes_although_the_model_has_no_memory():
    model = without_memory(fresh)
    assert model[0].weight.is_meta
    refuse_misfits(model, fresh().state_dict(), "x.pth")


def test_building_without_memory_ends_with_the_call():
    without_memory(fresh)
    assert not torch.zeros(1).is_meta


def test_shapes_are_told_under_the_name_of_the_file():
    state = fresh().state_dict() | {"0.weight": torch.zeros(2, 4)}
    message = r"x\.pth: tensor net\.w \(2, 4\) should be \(2, 3\); give"
    with pytest.raises(ValueError, match=message):
        refuse_misfits(fresh(), state, "x.pth", origins={"0.weight": "net.w"})


def test_the_first_fault_is_named_and_the_others_are_counted():
    with pytest.raises(ValueError, match=r"0\.weight \(2, 3\) is missing \(3 more"):
        refuse_misfits(fresh(), {}, "x.pth")


def test_what_may_be_absent_may_be_there_too():
    state = fresh().state_dict()
    refuse_misfits(fresh(), state, "x.pth", absent=["1"])
    part = {name: t for name, t in state.items() if name.startswith("0.")}
    refuse_misfits(fresh(), part, "x.pth", absent=["1"])
    with pytest.raises(ValueError, match=r"1\.weight"):
        refuse_misfits(fresh(), part, "x.pth", absent=["1.bias"])


def test_an_extra_tensor_is_refused():
    state = fresh().state_dict() | {"2.weight": torch.zeros(5)}
    with pytest.raises(ValueError, match=r"2\.weight \(5,\) has no place"):
        refuse_misfits(fresh(), state, "x.pth")


def test_a_part_is_checked_against_the_model_of_its_config():
    config = {
        "part": "vae",
        "vae_conf": {"block_out_channels": [32, 32, 32]},
        "absent_weights": ["discriminator", "generator_steps"],
    }
    with pytest.raises(ValueError, match=r"vae\.net\.\S+ \(.*\) is missing"):
        refuse_misfits_of_part(config, {}, "x.pth")


def test_a_size_that_cannot_be_read_names_the_tensor_it_is_read_from():
    def of_first(state):
        return state["first.weight"].shape[0]

    assert sizes(of_first, {"first.weight": torch.zeros(4)}, "x.pth") == 4
    with pytest.raises(ValueError, match=r"x\.pth: tensor first\.weight is missing"):
        sizes(of_first, {}, "x.pth")
    with pytest.raises(ValueError, match="no known form"):
        sizes(of_first, {"first.weight": torch.tensor(1.0)}, "x.pth")


def test_a_model_that_asks_for_numbers_while_it_is_built_gets_memory():
    def build(size):
        layer = torch.nn.Linear(size, size)
        float(layer.weight[0, 0])  # fails without memory, as CLAP of older releases
        return layer

    assert without_memory(build, 3).weight.device.type == "cpu"
    assert without_memory(torch.nn.Linear, 3, 3).weight.device.type == "meta"
