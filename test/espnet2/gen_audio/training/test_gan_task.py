"""The adversarial task: two optimisers over two sides that share nothing."""

import argparse

import pytest
import torch


@pytest.fixture
def args():
    return argparse.Namespace(
        optim="adamw",
        optim_conf={"lr": 0.1},
        optim2="adam",
        optim2_conf={"lr": 0.2},
        sharded_ddp=False,
        exclude_weight_decay=False,
    )


def test_the_first_optimiser_is_the_generators(toy, args):
    model = toy.Adversary()
    first, second = toy.ToyGANTask.build_optimizers(args, model)
    assert isinstance(first, torch.optim.AdamW) and first.defaults["lr"] == 0.1
    assert second.defaults["lr"] == 0.2
    assert first.param_groups[0]["params"] == list(model.generator.parameters())
    assert second.param_groups[0]["params"] == list(model.discriminator.parameters())


def test_a_generator_without_parameters_gets_an_optimiser_without_any(toy, args):
    model = toy.Adversary()
    model.generator, model.ema = torch.nn.Identity(), torch.nn.Identity()
    first, second = toy.ToyGANTask.build_optimizers(args, model)
    assert first.param_groups[0]["params"] == []
    assert second.param_groups[0]["params"] == list(model.discriminator.parameters())


def test_a_parameter_on_neither_side_is_refused_by_name(toy, args):
    model = toy.Adversary()
    model.forgotten = torch.nn.Linear(2, 2)
    with pytest.raises(ValueError, match=r"forgotten\.weight .* belongs to 0"):
        toy.ToyGANTask.build_optimizers(args, model)


def test_a_parameter_on_both_sides_is_refused_by_name(toy, args):
    model = toy.Adversary()
    model.discriminator_parameters = model.parameters
    with pytest.raises(ValueError, match=r"generator\.0\.weight .* belongs to 2"):
        toy.ToyGANTask.build_optimizers(args, model)


def test_options_without_effect_are_refused(toy, args):
    args.exclude_weight_decay = True
    with pytest.raises(ValueError, match="exclude_weight_decay"):
        toy.ToyGANTask.build_optimizers(args, toy.Adversary())


def test_skipping_the_discriminator_is_refused(toy, toy_data, tmp_path):
    options = dict(skip_discriminator_prob=0.5)
    with pytest.raises(ValueError, match="codec"):
        toy.ToyGANTask.main(cmd=toy.gan_command(toy_data, tmp_path, **options))


def test_accumulated_gradients_are_refused_before_training(toy, toy_data, tmp_path):
    with pytest.raises(ValueError, match="--accum_grad 2 .* batch_size"):
        toy.ToyGANTask.main(cmd=toy.gan_command(toy_data, tmp_path, accum_grad=2))
    assert not list(tmp_path.iterdir())
