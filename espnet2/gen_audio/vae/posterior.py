"""The posterior of a latent: storing, reading and sampling it.

Shapes: B clips, C latent channels, T' latent frames, F' latent bins. The posterior is a
Gaussian with diagonal covariance, given by its mean and the logarithm of its variance.
Source: variational autoencoder, arXiv:1312.6114; the clamp is latent diffusion's.
"""

import torch

LOG_VARIANCE_RANGE = (-30.0, 20.0)  # keeps exp() finite in float32


def split_moments(moments: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Split the encoder's output into mean and clamped log-variance.

    Args:
        moments: Mean channels, then log-variance channels, (B, 2 C, T', F').

    Returns:
        Mean and log-variance, (B, C, T', F') each.
    """
    mean, log_variance = moments.chunk(2, dim=1)
    return mean, log_variance.clamp(*LOG_VARIANCE_RANGE)


def posterior_to_frames(mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
    """Arrange a posterior as one row per latent frame, the form in archives.

    Args:
        mean: (B, C, T', F').
        log_variance: (B, C, T', F').

    Returns:
        Rows: C x F' means, then C x F' log-variances, (B, T', 2 C F').
    """
    moments = torch.cat([mean, log_variance], dim=1)  # (B, 2 C, T', F')
    return moments.transpose(1, 2).flatten(2)


def frames_to_posterior(
    frames: torch.Tensor, channels: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Undo ``posterior_to_frames``.

    Args:
        frames: (B, T', 2 C F').
        channels: Latent channels C.

    Returns:
        Mean and clamped log-variance, (B, C, T', F') each.

    Raises:
        ValueError: If a row cannot be split into 2 C equal parts.
    """
    width = frames.shape[2]
    if width % (2 * channels):
        raise ValueError(
            f"a latent frame of {width} values cannot have mean and log-variance of "
            f"{channels} channels; it must be a multiple of {2 * channels}: check "
            "latent_channels of the geometry against the autoencoder that was dumped"
        )
    moments = frames.unflatten(2, (2 * channels, -1)).transpose(1, 2)
    return split_moments(moments)


def sample_posterior(
    mean: torch.Tensor,
    log_variance: torch.Tensor,
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    """Draw a latent: mean + std x noise.

    Args:
        mean: (B, C, T', F').
        log_variance: (B, C, T', F').
        generator: Random generator on the device of ``mean``; torch's default if None.

    Returns:
        A sample, (B, C, T', F').
    """
    noise = torch.randn(
        mean.shape, generator=generator, device=mean.device, dtype=mean.dtype
    )
    return mean + (0.5 * log_variance).exp() * noise


def kl_to_standard_normal(
    mean: torch.Tensor, log_variance: torch.Tensor
) -> torch.Tensor:
    """Return the Kullback-Leibler divergence to N(0, 1), averaged over all elements.

    The published training also averages, instead of summing over a clip; therefore its
    weight is as large as 1000 (AudioLDM 2's training code).

    Args:
        mean: (B, C, T', F').
        log_variance: (B, C, T', F').

    Returns:
        Nats per latent element, ().
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).mean()
