"""Objective of the mel autoencoder.

    sum over pixels of (|x - y| + p) / B  +  kl_weight * KL  +  w * disc_weight * g

with x the mel spectrogram, y its reconstruction, p an optional perceptual distance of
the clip (added to every pixel), KL a mean over latent elements, g the adversarial loss,
and w the ratio of the gradients of reconstruction loss and adversarial loss at the
decoder's last kernel.

Shapes: B clips, T mel frames, M mel bands.
Source: latent diffusion, arXiv:2112.10752, and VQGAN, arXiv:2012.09841, eq. 7 (w).
"""

from dataclasses import dataclass

import torch

from espnet2.gen_audio.ranks import share_of, sum_over_ranks
from espnet2.gen_audio.vae.perceptual import LPIPS

PERCEPTUAL = ("none", "feature", "lpips")
NORMALISATIONS = ("sum", "mean")
MAX_WEIGHT = 1e4


@dataclass(frozen=True)
class VAELossWeights:
    """Weights of the terms; the defaults are the published ones.

    The published training has LPIPS with weight 1 (``perceptual: lpips``; its weights
    are not shipped). Because LPIPS is added to every pixel, its effective weight is
    1024 x 64 = 65 536.

    Args:
        kl_weight: Weight of the mean KL divergence.
        disc_weight: Factor on the adaptive weight of the adversarial term.
        disc_start: Number of generator steps before adversarial training begins.
        perceptual: ``none``, ``feature`` (layers of our discriminator) or ``lpips``.
        perceptual_weight: Weight of the perceptual distance of a pixel.
        normalisation: ``sum`` as published, or ``mean``: all terms are divided by the
            number of pixels of a clip, which does not change their ratios.
        vgg_weights: File with the weights of VGG16, for ``lpips``.
        linear_weights: File with the weights of LPIPS' layers, for ``lpips``.

    Raises:
        ValueError: If a choice is unknown or a weight is negative.
    """

    kl_weight: float = 1000.0
    disc_weight: float = 0.5
    disc_start: int = 25000
    perceptual: str = "none"
    perceptual_weight: float = 1.0
    normalisation: str = "sum"
    vgg_weights: str = ""
    linear_weights: str = ""

    def __post_init__(self) -> None:
        """Refuse unknown choices and negative weights."""
        for name, accepted in (
            ("perceptual", PERCEPTUAL),
            ("normalisation", NORMALISATIONS),
        ):
            if getattr(self, name) not in accepted:
                raise ValueError(
                    f"{name} {getattr(self, name)!r} is unknown; choose one of "
                    f"{', '.join(accepted)}"
                )
        for name in ("kl_weight", "disc_weight", "disc_start", "perceptual_weight"):
            if getattr(self, name) < 0:
                raise ValueError(
                    f"{name} is {getattr(self, name)}, but must be 0 or more"
                )

    def lpips(self) -> LPIPS | None:
        """Return the LPIPS distance; None if it is not chosen."""
        if self.perceptual != "lpips":
            return None
        return LPIPS(self.vgg_weights, self.linear_weights)


def reconstruction_loss(
    mel: torch.Tensor, decoded: torch.Tensor, perceptual: torch.Tensor | None = None
) -> torch.Tensor:
    """Return the sum over a clip of |x - y| plus the perceptual distance, per pixel.

    Args:
        mel: Recording, (B, T, M).
        decoded: Reconstruction, (B, T, M).
        perceptual: Weighted perceptual distance of every clip, (B,).

    Returns:
        Mean over the clips, ().
    """
    pixels = (mel - decoded).abs()
    if perceptual is not None:
        pixels = pixels + perceptual[:, None, None]
    return pixels.sum() / len(mel)


def adaptive_weight(
    reconstruction: torch.Tensor,
    adversarial: torch.Tensor,
    weight: torch.Tensor,
    clips: int = 1,
) -> torch.Tensor:
    """Return the weight w that balances the adversarial and the reconstruction loss.

    It is the ratio of the norms of their gradients at one kernel (VQGAN, eq. 7), those
    of the batch of all processes.

    Args:
        reconstruction: Reconstruction loss, ().
        adversarial: Generator's adversarial loss, ().
        weight: Kernel of the decoder's last convolution.
        clips: Clips of this process.

    Returns:
        Ratio of gradient norms, at most 1e4 and detached, (); zero if no gradients are
        computed, as in validation.
    """
    if not torch.is_grad_enabled():
        return torch.zeros_like(reconstruction)
    share = share_of(clips, weight.device)
    pull = []
    for loss in (reconstruction, adversarial):
        own = torch.autograd.grad(share * loss, weight, retain_graph=True)[0]
        pull.append(sum_over_ranks(own).norm())
    return (pull[0] / (pull[1] + 1e-4)).clamp(0.0, MAX_WEIGHT).detach()
