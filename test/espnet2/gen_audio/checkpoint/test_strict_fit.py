"""Weights against the model they are for: complete, nothing extra, shapes, finite."""

import logging

import pytest
import torch

from espnet2.gen_audio.checkpoint.strict_fit import (
    is_below,
    is_finite,
    refuse_misfit,
    refuse_misfit_of_part,
    without_memory,
)


def fresh():
    return torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 1))


def state():
    return fresh().state_dict()


def test_a_state_that_fits_passes_although_the_model_has_no_memory():
    model = without_memory(fresh)
    assert model[0].weight.is_meta
    refuse_misfit(model.state_dict(), state(), "x.pth")


def test_building_without_memory_ends_with_the_call():
    without_memory(fresh)
    assert not torch.zeros(1).is_meta


def test_shapes_are_told_under_the_name_of_the_file():
    given = state() | {"0.weight": torch.zeros(2, 4)}
    message = r"^x\.pth does .*: misshapen: net\.w \(2, 4\), not \(2, 3\); give an"
    with pytest.raises(ValueError, match=message):
        refuse_misfit(state(), given, "x.pth", origins={"0.weight": "net.w"})


def test_every_fault_is_named_in_one_line():
    given = state() | {"0.bias": torch.zeros(5), "stray": torch.zeros(1)}
    del given["1.bias"], given["1.weight"]
    with pytest.raises(ValueError) as refusal:
        refuse_misfit(state(), given, "x.pth", remedy="do this")
    assert str(refusal.value) == (
        "x.pth does not fit its model: missing: 1.bias (1,), 1.weight (1, 2); extra: "
        "stray (1,); misshapen: 0.bias (5,), not (2,); do this"
    )


def test_many_names_are_counted_in_the_message_and_listed_in_the_log(caplog):
    given = state() | {f"stray.{n:02d}": torch.zeros(1) for n in range(30)}
    with caplog.at_level(logging.ERROR):
        with pytest.raises(ValueError, match=r"stray\.07 \(1,\) and 22 more") as error:
            refuse_misfit(state(), given, "x.pth")
    assert "stray.08" not in str(error.value)
    assert all(f"stray.{n:02d}" in caplog.text for n in range(30))


def test_what_may_be_absent_may_be_there_too():
    refuse_misfit(state(), state(), "x.pth", absent=["1"])
    part = {name: t for name, t in state().items() if name.startswith("0.")}
    refuse_misfit(state(), part, "x.pth", absent=["1"])
    with pytest.raises(ValueError, match=r"missing: 1\.weight"):
        refuse_misfit(state(), part, "x.pth", absent=["1.bias"])


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_a_number_that_is_not_finite_is_found_wherever_it_stands(number, dtype):
    for place in ((0, 0), (1, 2)):
        spoilt = torch.randn(2, 3).to(dtype)
        spoilt[place] = number
        given = state() | {"0.weight": spoilt}
        with pytest.raises(ValueError, match="not finite: net.w;"):
            refuse_misfit(state(), given, "x.pth", origins={"0.weight": "net.w"})
        assert not is_finite(spoilt)


def test_integers_empty_tensors_and_large_numbers_are_finite():
    assert is_finite(torch.tensor(3)) and is_finite(torch.zeros(0, 2))
    assert is_finite(torch.full((1000,), 3e38)) and is_finite(torch.tensor(0.5))
    assert is_finite(torch.ones(3).half() * 65504)


def test_numbers_may_come_from_a_second_reading_of_the_file():
    spoilt = [("0.weight", torch.full((2, 3), float("nan")))]
    with pytest.raises(ValueError, match=r"not finite: 0\.weight"):
        refuse_misfit(state(), state(), "x.safetensors", values=spoilt)


def test_something_that_is_no_tensor_is_named_by_its_type():
    with pytest.raises(ValueError, match=r"0\.bias of type int, not \(2,\)"):
        refuse_misfit(state(), state() | {"0.bias": 3}, "x.pth")


def test_a_part_is_checked_against_the_model_of_its_config():
    config = {
        "part": "vae",
        "vae_conf": {"block_out_channels": [32, 32, 32]},
        "absent_weights": ["discriminator", "generator_steps"],
    }
    with pytest.raises(ValueError, match=r"missing: vae\.net\.\S+ \(.*\)") as error:
        refuse_misfit_of_part(config, {}, "x.pth")
    assert "discriminator" not in str(error.value)
    with pytest.raises(ValueError, match="x.pth is of part 'asr'"):
        refuse_misfit_of_part({"part": "asr"}, {}, "x.pth")


def test_a_prefix_ends_at_a_dot():
    assert is_below("ema.decay", ["ema"]) and is_below("ema", ["ema"])
    assert not is_below("emaciated.x", ["ema"]) and not is_below("x.ema", ["ema"])


def test_a_model_that_asks_for_numbers_while_it_is_built_gets_memory():
    def build(size):
        layer = torch.nn.Linear(size, size)
        float(layer.weight[0, 0])  # fails without memory, as CLAP of older releases
        return layer

    assert without_memory(build, 3).weight.device.type == "cpu"
    assert without_memory(torch.nn.Linear, 3, 3).weight.device.type == "meta"
