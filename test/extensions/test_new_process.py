"""A process of one's own, without betas: rectified flow (arXiv:2209.03003).

Training and generation are those of the public commands. Existing files that it would
touch in real life: one, the table of processes (``diffusion/process/choices.py``).
"""

import numpy as np
import pytest
import torch

from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.diffusion.process.abs_process import AbsProcess
from espnet2.gen_audio.diffusion.process.choices import process_choices
from espnet2.gen_audio.diffusion.process.solvers import build_solver
from espnet2.gen_audio.sampling.sampler import sample_latents
from espnet2.gen_audio.seeding import (
    fraction_of,
    generator_of,
    generators_of,
    normal_of,
)

CONFIG = {
    "process": "toy_flow",
    "process_conf": {"num_steps": 1000},
    "unet_conf": {"loa_dim": None, "tokens_dim": None},
    "backbone_conf": {"channels": [32], "layers_per_block": 1},
}
SOLVERS = {
    "euler": "FlowMatchEulerDiscreteScheduler",
    "heun": "FlowMatchHeunDiscreteScheduler",
}


class ToyFlow(AbsProcess):
    """x_t = (1 - t) x0 + t eps; the network predicts eps - x0; times are continuous."""

    def __init__(self, num_steps=1000):
        super().__init__()
        self.num_steps = num_steps

    def draw_times(self, batch):
        return torch.rand(batch) * self.num_steps

    def time_at(self, fraction):
        return fraction * self.num_steps

    def loss_weights(self, time):
        return 1.0 + time / self.num_steps

    def add_noise(self, x0, eps, time):
        sigma = self._sigma(time)
        return (1 - sigma) * x0 + sigma * eps

    def target(self, x0, eps, time):
        return eps - x0

    def to_eps(self, predicted, noisy, time):
        return noisy + (1 - self._sigma(time)) * predicted

    def to_x0(self, predicted, noisy, time):
        return noisy - self._sigma(time) * predicted

    def build_scheduler(self, name):
        return build_solver(name, {"num_train_timesteps": self.num_steps}, SOLVERS)

    def _sigma(self, time):
        return (time / self.num_steps).view(-1, 1, 1, 1)


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setitem(process_choices.classes, "toy_flow", ToyFlow)


def test_noise_and_latent_come_back_from_the_target():
    flow, (x0, eps) = ToyFlow(), torch.randn(2, 3, 2, 4, 4)
    time = flow.draw_times(3)
    noisy, target = flow.add_noise(x0, eps, time), flow.target(x0, eps, time)
    torch.testing.assert_close(flow.to_eps(target, noisy, time), eps)
    torch.testing.assert_close(flow.to_x0(target, noisy, time), x0)


@pytest.mark.parametrize("solver", ["euler", "heun"])
def test_a_perfect_network_leads_any_noise_to_the_data(solver):
    flow, data = ToyFlow(), torch.randn(1, 2, 4, 4)
    generators = generators_of(0, ["a", "b"])
    made = sample_latents(
        lambda noisy, time: (noisy - data) / (time / 1000).view(-1, 1, 1, 1),
        flow.build_scheduler(solver),
        normal_of(generators, data.shape[1:]),
        generators,
        8,
    )
    torch.testing.assert_close(made, data.expand(2, -1, -1, -1), rtol=0, atol=1e-4)


def test_it_trains_and_generates(train, generate):
    experiment = train(CONFIG)
    assert type(load_experiment(experiment).process) is ToyFlow
    euler, again, heun = (generate(experiment, s) for s in ("euler", "euler", "heun"))
    for name, wave in euler.items():
        assert len(wave) == 10240 and wave.any()
        assert np.array_equal(wave, again[name])
        assert not np.array_equal(wave, heun[name])


def test_options_of_training_hold_for_it_though_it_does_not_know_them(train):
    training = {"step_distribution": "stratified", "draws_per_clip": 2}
    ldm = load_experiment(train(CONFIG | {"model_conf": training}))
    assert ldm.draws_per_clip == 2
    times = ldm.step_distribution.draw_times(ldm.process, 10)
    assert times.is_floating_point()
    assert sorted((times // 100).int().tolist()) == list(range(10))


def test_its_weights_are_those_of_the_loss(train):
    ldm = load_experiment(train(CONFIG)).eval()
    with torch.no_grad():
        for weight in ldm.unet.parameters():
            weight.zero_()  # then the error is the target
    latent = torch.zeros(2, 16, 16)
    latent[..., 8:] = -40.0  # log-variance: the latent is zero
    lengths = torch.full((2,), 16)
    loss = ldm(latent=latent, latent_lengths=lengths, utt_id=["a", "b"])[0]
    weighted = []
    for name in "ab":
        generator = generator_of(0, name)
        fraction = fraction_of(generator, 0, 1)
        _, eps = torch.randn(2, 2, 16, 4, generator=generator)
        weighted.append((1.0 + fraction) * eps.square().mean().item())
    assert loss.item() == pytest.approx(sum(weighted) / 2, rel=1e-5)
