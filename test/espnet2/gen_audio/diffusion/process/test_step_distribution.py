"""Distributions of training times: their laws, their seed, what they refuse."""

import math
from statistics import NormalDist

import pytest
import torch

from espnet2.gen_audio.diffusion.process.abs_process import AbsProcess
from espnet2.gen_audio.diffusion.process.step_distribution import StepDistribution
from espnet2.gen_audio.diffusion.process.variance_preserving import VariancePreserving


class Continuous(AbsProcess):
    """Times from 0 to below 1, of which only late ones are drawn."""

    num_steps = 1

    def draw_times(self, batch):
        return 0.9 + 0.1 * torch.rand(batch)

    def time_at(self, fraction):
        return fraction

    def add_noise(self, x0, eps, time):
        return x0

    target = to_eps = to_x0 = add_noise

    def build_scheduler(self, name):
        return name


def draw(batch, *values, process=None, seed=0):
    torch.manual_seed(seed)
    return StepDistribution(*values).draw_times(process or Continuous(), batch)


def test_by_default_the_process_draws():
    found = draw(64, process=VariancePreserving())
    torch.manual_seed(0)
    assert torch.equal(found, torch.randint(1000, (64,)))
    assert draw(64).min() >= 0.9


@pytest.mark.parametrize("batch", [1, 7, 16, 100])
def test_every_interval_gets_exactly_one_of_the_stratified_times(batch):
    for seed in range(20):
        times = draw(batch, "stratified", seed=seed)
        intervals = sorted(int(time * batch) for time in times.tolist())
        assert intervals == list(range(batch))


def test_every_clip_gets_every_interval_alike():
    torch.manual_seed(0)
    counts = torch.zeros(4, 4)
    for _ in range(2000):
        times = StepDistribution("stratified").draw_times(Continuous(), 4)
        counts[torch.arange(4), (times * 4).long()] += 1
    assert counts.min() > 400 and counts.max() < 600


def test_stratified_times_are_as_probable_as_uniform_ones_and_their_mean_varies_less():
    process, distribution = VariancePreserving(10), StepDistribution("stratified")
    torch.manual_seed(0)
    drawn = [distribution.draw_times(process, 7) for _ in range(2000)]
    counts = torch.cat(drawn).bincount(minlength=10)
    assert len(counts) == 10
    assert counts.min() > 1250 and counts.max() < 1550  # 1400 each
    uniform = [process.draw_times(7) for _ in range(2000)]
    ours, theirs = (torch.stack(d).double().mean(1).std() for d in (drawn, uniform))
    assert ours < 0.3 * theirs


@pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (-0.5, 0.7)])
def test_the_logits_of_logit_normal_times_are_normal(mean, std):
    logits = draw(20000, "logit_normal", mean, std).double().logit()
    for quantile in (0.05, 0.25, 0.5, 0.75, 0.95):
        below = (logits < NormalDist(mean, std).inv_cdf(quantile)).double().mean()
        assert below.item() == pytest.approx(quantile, abs=0.01)


def test_a_mean_above_0_draws_more_noise():
    process = VariancePreserving()
    late = draw(500, "logit_normal", 1.0, 1.0, process=process)
    early = draw(500, "logit_normal", -1.0, 1.0, process=process)
    assert late.double().mean() > 650 > 350 > early.double().mean()


@pytest.mark.parametrize("name", ["stratified", "logit_normal"])
def test_times_of_a_discrete_process_are_its_steps_and_follow_the_seed(name):
    process = VariancePreserving()
    once, again = (draw(64, name, process=process) for _ in range(2))
    assert torch.equal(once, again) and once.device.type == "cpu"
    assert once.dtype == torch.long and 0 <= once.min() and once.max() <= 999
    assert not torch.equal(once, draw(64, name, process=process, seed=1))


def test_no_time_is_beyond_the_axis_however_far_the_mean():
    assert (
        draw(9, "logit_normal", 500.0, 1.0, process=VariancePreserving()).eq(999).all()
    )
    assert (
        draw(9, "logit_normal", -900.0, 1.0, process=VariancePreserving()).eq(0).all()
    )
    fractions = []
    process = Continuous()
    process.time_at = lambda fraction: fractions.append(fraction) or fraction
    draw(9, "logit_normal", 500.0, 1.0, process=process)
    assert max(fractions) < 1.0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (("beta",), "'beta' is unknown; use uniform, stratified, logit_normal"),
        (("logit_normal", math.nan), "logit_mean nan must be finite"),
        (("logit_normal", 0.0, 0.0), "logit_std 0.0 above 0 and finite"),
        (("logit_normal", 0.0, -1.0), "logit_std -1.0 above 0"),
        (("logit_normal", 0.0, math.inf), "logit_std inf above 0 and finite"),
    ],
)
def test_unknown_distributions_and_unusable_numbers_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        StepDistribution(*values)
