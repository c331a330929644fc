"""Noise schedule: the weights of signal and noise at each diffusion step.

Shapes: B clips, C channels, T latent frames, F latent bins, N steps.
"""

import torch


class NoiseSchedule(torch.nn.Module):
    """Weights of signal and noise at every step: x_n = signal[n] x_0 + sigma[n] eps.

    With alpha_bar[n] the product of 1 - beta up to step n, signal = sqrt(alpha_bar) and
    sigma = sqrt(1 - alpha_bar). The betas are linear in their square root (diffusers:
    ``scaled_linear``). The defaults 1000, 0.0015 and 0.0195 are those of AudioLDM 2's
    released configs; with them a little signal is left at the last step, signal[999] =
    0.012.

    Source: DDPM, arXiv:2006.11239, eq. 4; latent diffusion, arXiv:2112.10752.

    Buffers: ``signal`` and ``sigma``, (N,) each, not saved in checkpoints.

    Args:
        num_steps: Number of steps N.
        beta_start: Variance of the noise that the first step adds.
        beta_end: Variance of the noise that the last step adds.

    Raises:
        ValueError: If the numbers describe no diffusion.
    """

    def __init__(
        self,
        num_steps: int = 1000,
        beta_start: float = 0.0015,
        beta_end: float = 0.0195,
    ):
        super().__init__()
        if num_steps < 2 or not 0.0 < beta_start <= beta_end < 1.0:
            raise ValueError(
                f"num_steps {num_steps}, beta_start {beta_start}, beta_end {beta_end}: "
                "at least 2 steps and 0 < beta_start <= beta_end < 1 are needed; "
                "published: 1000, 0.0015, 0.0195"
            )
        self.num_steps = num_steps
        self.beta_start = beta_start
        self.beta_end = beta_end
        root = torch.linspace(
            beta_start**0.5, beta_end**0.5, num_steps, dtype=torch.float64, device="cpu"
        )
        # float64: a product of 1000 factors loses digits in float32
        alpha_bar = torch.cumprod(1.0 - root.square(), dim=0)
        sigma = (1.0 - alpha_bar).sqrt()
        self.register_buffer("signal", alpha_bar.sqrt().float(), persistent=False)
        self.register_buffer("sigma", sigma.float(), persistent=False)

    def weights(self, step: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the weights of signal and noise, in a shape that scales latents.

        Args:
            step: Step of each clip, 0 to N - 1, (B,).

        Returns:
            Signal and sigma, (B, 1, 1, 1) each.
        """
        shape = (-1, 1, 1, 1)
        return self.signal[step].view(shape), self.sigma[step].view(shape)

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
