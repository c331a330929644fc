"""Distribution of the times at which the loss of a training step is measured.

A distribution draws fractions of the time axis, from 0 (clean) to 1 (noise). The
process converts fractions to times (``AbsProcess.time_at``), so a distribution can be
used with any process.

Shapes: B clips.
Source: stratified, after the low-discrepancy sampler of variational diffusion models,
arXiv:2107.00630, appendix. There, all clips have one offset in their intervals; here
each clip has its own. Logit-normal: Esser et al., arXiv:2403.03206.
"""

import math

import torch

from espnet2.gen_audio.diffusion.process.abs_process import AbsProcess

UNIFORM, STRATIFIED, LOGIT_NORMAL = "uniform", "stratified", "logit_normal"
STEP_DISTRIBUTIONS = (UNIFORM, STRATIFIED, LOGIT_NORMAL)
_LAST = math.nextafter(1.0, 0.0)  # a fraction is below 1


class StepDistribution:
    """Draw the times of a training batch, with torch's default CPU generator.

    ``uniform`` uses the distribution of the process. ``stratified`` draws once in each
    of B equal intervals of the time axis: the distribution of a time is still uniform,
    but the mean over a batch varies less. ``logit_normal`` draws middle times more
    often: the fraction is the sigmoid of a normal number.

    Args:
        name: ``uniform``, ``stratified`` or ``logit_normal``.
        logit_mean: Mean of the normal number; above 0 means more noise.
        logit_std: Standard deviation of the normal number.

    Raises:
        ValueError: If there is no such distribution, or mean or std is out of range.
    """

    def __init__(
        self, name: str = UNIFORM, logit_mean: float = 0.0, logit_std: float = 1.0
    ):
        if name not in STEP_DISTRIBUTIONS:
            raise ValueError(
                f"step_distribution {name!r} is unknown; use "
                f"{', '.join(STEP_DISTRIBUTIONS)}"
            )
        if not math.isfinite(logit_mean) or not 0.0 < logit_std < math.inf:
            raise ValueError(
                f"logit_mean {logit_mean} must be finite, logit_std {logit_std} above "
                "0 and finite, for example 0 and 1 as in the paper"
            )
        self.name = name
        self.logit_mean = logit_mean
        self.logit_std = logit_std

    def draw_times(self, process: AbsProcess, batch: int) -> torch.Tensor:
        """Draw the times of a batch.

        Args:
            process: The process.
            batch: Number of clips B.

        Returns:
            Times on the CPU, (B,).
        """
        if self.name == UNIFORM:
            return process.draw_times(batch)
        draw = self._stratified if self.name == STRATIFIED else self._logit_normal
        fractions = draw(batch).clamp(max=_LAST).tolist()
        return torch.tensor([process.time_at(fraction) for fraction in fractions])

    def _stratified(self, batch: int) -> torch.Tensor:
        """Draw one fraction in each of B equal intervals, in float64, (B,)."""
        # shuffled, so that the time of a clip does not depend on its index in the batch
        intervals = torch.randperm(batch)
        return (intervals + torch.rand(batch, dtype=torch.float64)) / batch

    def _logit_normal(self, batch: int) -> torch.Tensor:
        """Draw sigmoids of normal numbers, in float64, (B,)."""
        normal = torch.randn(batch, dtype=torch.float64)
        return torch.sigmoid(self.logit_mean + self.logit_std * normal)
