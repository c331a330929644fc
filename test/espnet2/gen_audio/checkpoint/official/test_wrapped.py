"""The state within a file, whatever a trainer wrote around it."""

import pytest
import torch

from espnet2.gen_audio.checkpoint.official.wrapped import plain_state

STATE = {"a.weight": torch.ones(2), "b.bias": torch.zeros(1)}


@pytest.mark.parametrize("place", ["state_dict", "generator", "model"])
def test_a_state_is_found_where_trainers_put_it(place):
    state, beside = plain_state({place: STATE, "epoch": 3, "optim": {}}, "x.pth")
    assert state == STATE
    assert beside == ["beside the weights, left out: epoch, optim"]


def test_a_file_that_is_the_state_is_taken_as_it_is():
    assert plain_state(STATE, "x.pth") == (STATE, [])


def test_a_tensor_called_model_is_no_wrapper():
    state = STATE | {"model": torch.ones(1)}
    assert plain_state(state, "x.pth") == (state, [])


@pytest.mark.parametrize("wrapper", ["module.", "_orig_mod.", "_orig_mod.module."])
def test_names_of_parallel_and_compiled_training_are_made_plain(wrapper):
    wrapped = {wrapper + name: tensor for name, tensor in STATE.items()}
    assert plain_state({"state_dict": wrapped}, "x.pth")[0] == STATE


def test_a_prefix_that_only_some_names_have_is_part_of_the_name():
    state = {"module.a": torch.ones(1), "b": torch.ones(1)}
    assert plain_state(state, "x.pth")[0] == state


def test_what_is_no_tensor_is_refused_by_name():
    with pytest.raises(ValueError, match=r"x\.pth holds 'lr' of type float"):
        plain_state({"lr": 0.1}, "x.pth")


@pytest.mark.parametrize("empty", [{}, {"state_dict": {}}])
def test_an_empty_file_is_refused(empty):
    with pytest.raises(ValueError, match="holds nothing"):
        plain_state(empty, "x.pth")
