"""The adversarial trainer: the same care, one average for the generator."""

import torch


def test_only_the_generators_steps_move_the_average(toy, toy_data, tmp_path):
    toy.ToyGANTask.main(cmd=toy.gan_command(toy_data, tmp_path, max_epoch=2))
    state = torch.load(tmp_path / "latest.pth", weights_only=True)
    assert state["ema.num_updates"] == 8  # two epochs of four batches


def test_a_run_in_two_halves_ends_with_both_optimisers_as_in_one_run(
    toy, toy_data, tmp_path
):
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    toy.ToyGANTask.main(cmd=toy.gan_command(toy_data, whole))
    for epochs in (1, 3):
        toy.ToyGANTask.main(cmd=toy.gan_command(toy_data, halves, max_epoch=epochs))
    expected, found = (
        torch.load(folder / "checkpoint.pth", weights_only=True)
        for folder in (whole, halves)
    )
    for name, weight in expected["model"].items():
        assert torch.equal(found["model"][name], weight), name
    for ours, theirs in zip(found["optimizers"], expected["optimizers"], strict=True):
        assert ours["param_groups"] == theirs["param_groups"]
        for number, averages in theirs["state"].items():
            for name, value in averages.items():
                assert torch.equal(ours["state"][number][name], value), name
    assert found["schedulers"] == expected["schedulers"]
