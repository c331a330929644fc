"""Noise schedule: the weights of signal and noise at each diffusion step.

Shapes: B clips, C channels, T latent frames, F latent bins, N steps.
"""

import math

import torch

SCALED_LINEAR, LINEAR, COSINE = "scaled_linear", "linear", "squaredcos_cap_v2"
SCHEDULES = (SCALED_LINEAR, LINEAR, COSINE)
_STEEPEST = 0.999  # largest beta of the cosine schedule


class NoiseSchedule(torch.nn.Module):
    """Weights of signal and noise at every step: x_n = signal[n] x_0 + sigma[n] eps.

    With alpha_bar[n] the product of 1 - beta up to step n, signal = sqrt(alpha_bar) and
    sigma = sqrt(1 - alpha_bar). The published betas are linear in their square root
    (diffusers: ``scaled_linear``). The defaults 1000, 0.0015 and 0.0195 are those of
    AudioLDM 2's released configs; with these, the last step still has some signal,
    signal[999] = 0.012.

    Source: DDPM, arXiv:2006.11239, eq. 4; latent diffusion, arXiv:2112.10752; the
    cosine schedule: arXiv:2102.09672, eq. 17.

    Buffers: ``signal`` and ``sigma``, (N,) each, not saved in checkpoints.

    Args:
        num_steps: Number of steps N.
        beta_start: Variance of the noise that the first step adds.
        beta_end: Variance of the noise that the last step adds.
        beta_schedule: How betas grow over the steps, by diffusers' names:
            ``scaled_linear``, ``linear``, or ``squaredcos_cap_v2``, which ignores
            ``beta_start`` and ``beta_end``.

    Raises:
        ValueError: If a number is out of range, or the name is unknown.
    """

    def __init__(
        self,
        num_steps: int = 1000,
        beta_start: float = 0.0015,
        beta_end: float = 0.0195,
        beta_schedule: str = SCALED_LINEAR,
    ):
        super().__init__()
        if num_steps < 2 or not 0.0 < beta_start <= beta_end < 1.0:
            raise ValueError(
                f"num_steps {num_steps}, beta_start {beta_start}, beta_end {beta_end}: "
                "at least 2 steps and 0 < beta_start <= beta_end < 1 are needed; "
                "published: 1000, 0.0015, 0.0195"
            )
        if beta_schedule not in SCHEDULES:
            raise ValueError(
                f"beta_schedule {beta_schedule!r} is unknown; use one of "
                f"{', '.join(SCHEDULES)}"
            )
        self.num_steps = num_steps
        self.beta_start = beta_start
        self.beta_end = beta_end
        self.beta_schedule = beta_schedule
        # float64: a product of 1000 factors loses digits in float32
        alpha_bar = torch.cumprod(1.0 - self._betas(), dim=0)
        sigma = (1.0 - alpha_bar).sqrt()
        self.register_buffer("signal", alpha_bar.sqrt().float(), persistent=False)
        self.register_buffer("sigma", sigma.float(), persistent=False)

    def _betas(self) -> torch.Tensor:
        """Return the variance of the noise that each step adds, (N,)."""
        count = self.num_steps
        if self.beta_schedule == COSINE:
            times = torch.arange(count + 1, dtype=torch.float64, device="cpu") / count
            left = torch.cos((times + 0.008) / 1.008 * math.pi / 2).square()
            return (1.0 - left[1:] / left[:-1]).clamp(max=_STEEPEST)
        power = 1.0 if self.beta_schedule == LINEAR else 0.5
        ends = self.beta_start**power, self.beta_end**power
        steps = torch.linspace(*ends, count, dtype=torch.float64, device="cpu")
        return steps if power == 1.0 else steps.square()

    def weights(self, step: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the weights of signal and noise, broadcastable to latents.

        Args:
            step: Step of each clip, 0 to N - 1, (B,).

        Returns:
            Signal and sigma, (B, 1, 1, 1) each.
        """
        shape = (-1, 1, 1, 1)
        return self.signal[step].view(shape), self.sigma[step].view(shape)

    def snr(self, step: torch.Tensor) -> torch.Tensor:
        """Return the signal-to-noise ratio, (signal / sigma)^2.

        Args:
            step: Step of each clip, 0 to N - 1, (B,).

        Returns:
            Ratios of powers, (B,).
        """
        return (self.signal[step] / self.sigma[step]).square()

    def add_noise(
        self, x0: torch.Tensor, eps: torch.Tensor, step: torch.Tensor
    ) -> torch.Tensor:
        """Return the noisy latent x_n (the forward process).

        Args:
            x0: Clean latent, (B, C, T, F).
            eps: Standard normal noise, (B, C, T, F).
            step: Step of each clip, (B,).

        Returns:
            Noisy latent, (B, C, T, F).
        """
        signal, sigma = self.weights(step)
        return signal * x0 + sigma * eps
