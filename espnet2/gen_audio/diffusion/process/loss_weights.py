"""Weights of the loss by the signal-to-noise ratio of each clip's time.

Shapes: B clips. SNR = (signal / sigma)^2 of x_n = signal[n] x_0 + sigma[n] eps.
Source: min-SNR, Hang et al., arXiv:2303.09556: the error of x0 is weighted by min(SNR,
gamma). The errors of other targets are multiples of the error of x0: by SNR for eps, by
SNR + 1 for v. Their weights are divided by these factors.
"""

import math

import torch

NONE, MIN_SNR = "none", "min_snr"
LOSS_WEIGHTINGS = (NONE, MIN_SNR)


class LossWeighting:
    """Weights of the squared errors of a target, by the signal-to-noise ratio.

    Min-SNR weights limit the weight of almost clean times, at which x0 is easy to
    predict. The mean of the weights over the published schedule is 0.95 for eps, 0.96
    for x0 and 0.23 for v. This mean does not affect AdamW, but with a smaller mean
    ``grad_clip`` clips less, and in joint training the other loss (``lm_weight``) has
    more influence.

    Args:
        name: ``none`` (weights of 1) or ``min_snr``.
        gamma: Signal-to-noise ratio above which the weight of the error of x0 is
            constant.

    Raises:
        ValueError: If there is no such weighting, or gamma is not above 0 and finite.
    """

    def __init__(self, name: str = NONE, gamma: float = 5.0):
        if name not in LOSS_WEIGHTINGS:
            raise ValueError(
                f"loss_weighting {name!r} is unknown; use {', '.join(LOSS_WEIGHTINGS)}"
            )
        if not 0.0 < gamma < math.inf:
            raise ValueError(
                f"min_snr_gamma {gamma} must be above 0 and finite; the paper has 5"
            )
        self.name = name
        self.gamma = gamma

    def of_snr(self, snr: torch.Tensor, objective: str) -> torch.Tensor:
        """Return the weight of each clip's squared error.

        Args:
            snr: Signal-to-noise ratio of each clip, (B,).
            objective: The target whose error is weighted: ``eps``, ``v`` or ``x0``.

        Returns:
            Weights, (B,).
        """
        if self.name == NONE:
            return torch.ones_like(snr)
        if objective == "eps":
            return (self.gamma / snr).clamp(max=1.0)  # min(SNR, gamma) / SNR
        weights = snr.clamp(max=self.gamma)
        return weights / (snr + 1.0) if objective == "v" else weights
