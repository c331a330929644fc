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


def test_a_generator_without_parameters_is_validated_and_saved_as_one_epoch(
    toy, toy_data, tmp_path, monkeypatch
):
    class Fixed(toy.Adversary):
        """A generator that is given, not learned."""

        def __init__(self):
            super().__init__()
            self.generator = torch.nn.Identity()

    monkeypatch.setattr(toy, "Adversary", Fixed)
    for _ in range(2):  # the second time there is nothing left to do
        toy.ToyGANTask.main(cmd=toy.gan_command(toy_data, tmp_path))
    state = torch.load(tmp_path / "checkpoint.pth", weights_only=True)
    assert list(state["reporter"]["stats"]) == [1]
    assert "generator_loss" in state["reporter"]["stats"][1]["valid"]
    assert state["optimizers"][0]["param_groups"][0]["params"] == []
    assert (tmp_path / "latest.pth").resolve() == tmp_path / "1epoch.pth"
    assert not (tmp_path / "2epoch.pth").exists()
