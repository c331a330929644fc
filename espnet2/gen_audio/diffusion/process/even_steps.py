"""Steps of equal length along an average velocity: z_r = z_t - (t - r) u.

With an average velocity a step has no error of its length, so that one step from noise
to the clean latent is enough; the network is given the length of the step.

Shapes: B clips, C channels, T latent frames, F latent bins.
Source: MeanFlow, arXiv:2505.13447, algorithm 2; several steps: section 4 there.
"""

from types import SimpleNamespace

import torch
from diffusers.configuration_utils import FrozenDict

NAME = "average_velocity"  # name of this solver


class EvenSteps:
    """A solver with the interface of diffusers' schedulers.

    Args:
        num_steps: Upper end of the time axis.
        last: Largest s, at which sampling starts.
        init_noise_sigma: Factor of the noise with which sampling starts.

    Attributes:
        config: ``num_train_timesteps``.
        timesteps: Times of the steps, from noise to clean, (S,).
        span: Length of every step in s, known after ``set_timesteps``.
    """

    def __init__(self, num_steps: int, last: float, init_noise_sigma: float = 1.0):
        self.config = FrozenDict(num_train_timesteps=num_steps)
        self.last = last
        self.init_noise_sigma = init_noise_sigma
        self.set_timesteps(1)

    def set_timesteps(
        self, num_inference_steps: int, device: str | torch.device | None = None
    ) -> None:
        """Divide the time axis into steps of equal length.

        Args:
            num_inference_steps: Number of steps.
            device: Device of the times.
        """
        self.span = self.last / num_inference_steps
        ends = torch.arange(num_inference_steps, 0, -1, device=device)
        self.timesteps = ends * self.span * self.config.num_train_timesteps

    def step(
        self, model_output: torch.Tensor, timestep: torch.Tensor, sample: torch.Tensor
    ) -> SimpleNamespace:
        """Take one step.

        Args:
            model_output: Average velocity over the step, (B, C, T, F).
            timestep: Time of the step, unused: all steps have one length.
            sample: Latents before it, (B, C, T, F).

        Returns:
            ``prev_sample``, the latents after it.
        """
        return SimpleNamespace(prev_sample=sample - self.span * model_output)

    def scale_noise(
        self, sample: torch.Tensor, timestep: torch.Tensor, noise: torch.Tensor
    ) -> torch.Tensor:
        """Mix clean latents with the noise of a time.

        Args:
            sample: Clean latents, (B, C, T, F).
            timestep: The time, (1,).
            noise: Standard normal noise, (B, C, T, F).

        Returns:
            Latents, (B, C, T, F).
        """
        share = (timestep / self.config.num_train_timesteps).to(sample)
        return (1.0 - share) * sample + share * noise
