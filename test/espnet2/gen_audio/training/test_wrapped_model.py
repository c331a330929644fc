"""A model wrapped for several processes."""

import torch

from espnet2.gen_audio.training.wrapped_model import averaged_weights, unwrapped


def test_a_wrapped_model_is_found_by_what_the_wrapper_lacks(toy):
    model = toy.Regressor()
    wrapper = torch.nn.DataParallel(model)
    assert unwrapped(wrapper, "ema_weights") is model
    assert unwrapped(model, "ema_weights") is model
    assert unwrapped(wrapper, "forward") is wrapper


def test_the_average_of_a_wrapped_model_is_used_inside_a_block_only(toy):
    model = toy.Regressor()
    model.update_ema()
    weight = model.net[0].weight
    average = weight.clone()
    with torch.no_grad():
        weight += 1.0
    live = weight.clone()
    with averaged_weights(torch.nn.DataParallel(model)):
        assert torch.equal(weight, average)
    assert torch.equal(weight, live)


def test_a_model_without_an_average_stays_as_it_is():
    model = torch.nn.Linear(1, 1)
    with averaged_weights(model):
        assert model.weight.requires_grad
