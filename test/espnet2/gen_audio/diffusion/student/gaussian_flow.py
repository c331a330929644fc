"""Gaussian data, for which every velocity and average velocity is known.

With x_0 ~ N(m, c^2) in each cell, z_t is normal with mean (1 - t) m and variance
(1 - t)^2 c^2 + t^2; the flow moves a quantile to the same quantile.
"""

import torch

from espnet2.gen_audio.diffusion.backbone.abs_backbone import AbsBackbone

MEAN, STD = 0.5, 0.7


def shaped(times):
    return times.view(-1, 1, 1, 1)


def spread(times):
    return ((1 - shaped(times)) ** 2 * STD**2 + shaped(times) ** 2).sqrt()


def moved(noisy, low, high):
    """Return z_r on the path through z_t."""
    normal = (noisy - (1 - shaped(high)) * MEAN) / spread(high)
    return (1 - shaped(low)) * MEAN + spread(low) * normal


def average(noisy, low, high):
    """Return the average velocity from t to r, in closed form."""
    return (noisy - moved(noisy, low, high)) / shaped(high - low)


def velocity(noisy, time):
    """Return the velocity, the mean of eps - x_0 given z_t."""
    t = shaped(time)
    slope = (t - (1 - t) * STD**2) / spread(time) ** 2
    return slope * (noisy - (1 - t) * MEAN) - MEAN


class GaussianBackbone(AbsBackbone):
    """The perfect network of a process, for such data, without conditions."""

    def __init__(self, specs, geometry, process):
        super().__init__(specs, geometry)
        self.process = process
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, noisy, time, conditions):
        """Return the target's mean: eps or v for betas, the velocity for a flow."""
        if not hasattr(self.process, "schedule"):
            return velocity(noisy, time / self.process.num_steps)
        # fractional steps: signal and sigma in between, as in BetasAsFlow
        logits = (self.process.schedule.sigma / self.process.schedule.signal).log()
        logits = logits.to(time)
        low = time.floor().long().clamp(max=len(logits) - 2)
        rise = (time - low) * (logits[low + 1] - logits[low])
        share = (logits[low] + rise).sigmoid()
        scale = ((1 - shaped(share)) ** 2 + shaped(share) ** 2).sqrt()
        z = noisy * scale
        eps = z + (1 - shaped(share)) * velocity(z, share)
        if self.process.objective == "eps":
            return eps
        x0 = z - shaped(share) * velocity(z, share)
        return ((1 - shaped(share)) * eps - shaped(share) * x0) / scale
