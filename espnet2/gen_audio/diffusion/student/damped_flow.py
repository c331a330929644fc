"""A noise prediction read as a velocity with bounded gain, for students.

A network that predicts eps implies the clean latent x_0 = (z - s eps) / (1 - s), and so
the velocity eps - x_0. Near s = 1, where sampling in one pass starts, an error of the
network is multiplied by 1 / (1 - s): 83 at the last of the published betas. A student
is no longer bound to predict eps, so its output may be read otherwise there::

    u = predicted - g (z - s predicted),   g = (1 - s) / ((1 - s)^2 + damping^2 s^4)

With damping 0 this is the exact velocity. Above 0 it is the exact velocity at little
noise; with 0.3, an error is multiplied by 3.1 at most, and the student does not start
with its teacher's velocity at much noise, but learns it.

Shapes: every latent (B, C, T, F); s (B, 1, 1, 1).
Source: why noise predictions do not suit few steps: progressive distillation,
arXiv:2202.00512, section 4.
"""

import math

import torch

from espnet2.gen_audio.diffusion.process.betas_as_flow import BetasAsFlow
from espnet2.gen_audio.diffusion.process.rectified_flow import RectifiedFlow


class DampedFlow(BetasAsFlow):
    """``BetasAsFlow`` of a network that starts as a noise prediction.

    Attributes:
        damping: See the module; ``damped`` sets it.
    """

    damping = 0.0

    def to_scheduler(
        self, predicted: torch.Tensor, noisy: torch.Tensor, time: torch.Tensor
    ) -> torch.Tensor:
        """Return the velocity that a prediction implies; see ``AbsProcess``."""
        share = self._noise_share(time)
        signal = 1.0 - share
        gain = signal / (signal.square() + self.damping**2 * share**4)
        return predicted - gain * (noisy - share * predicted)


def damped(flow: RectifiedFlow, damping: float) -> RectifiedFlow:
    """Return the flow in which a student's prediction is read.

    Args:
        flow: The flow of its teacher.
        damping: 0 for the exact change of variables.

    Returns:
        The flow itself, unless damping is above 0 and the teacher predicts eps: other
        predictions have a bounded gain already.

    Raises:
        ValueError: If damping is below 0 or not finite.
    """
    if not 0.0 <= damping < math.inf:
        raise ValueError(
            f"damping {damping} was given; give 0 or a finite number above, such as 0.3"
        )
    if damping == 0.0 or not isinstance(flow, BetasAsFlow):
        return flow
    if flow.betas.objective != "eps":
        return flow
    made = DampedFlow.of(flow.betas)
    made.damping = float(damping)
    return made
