"""Distance between the log-mel spectrograms of a clip and of its original.

Shapes: B clips, frames by n_mels, natural logarithm of the magnitude.
"""

from dataclasses import dataclass

import torch

DECIBELS = 8.685889638  # 20 / ln 10: one natural-log unit of magnitude


@dataclass(frozen=True)
class MelDistance:
    """Distances of each pair of clips.

    Args:
        l1: Mean absolute difference in dB, (B,).
        l2: Root of the mean squared difference in dB, (B,).
    """

    l1: torch.Tensor
    l2: torch.Tensor


def mel_distance(mel: torch.Tensor, original: torch.Tensor) -> MelDistance:
    """Compare log-mel spectrograms pair by pair.

    Args:
        mel: Log-mel of the clips, natural logarithm, (B, frames, n_mels).
        original: Log-mel of their originals, of equal shape.

    Returns:
        Both distances of each pair.

    Raises:
        ValueError: If shapes differ or a number is not finite.
    """
    if mel.shape != original.shape:
        raise ValueError(
            f"log-mels of shape {tuple(mel.shape)} and {tuple(original.shape)} are not "
            "pairs; crop or pad both to one clip length"
        )
    difference = (mel - original).double() * DECIBELS
    bad = int((~torch.isfinite(difference)).sum())
    if bad:
        raise ValueError(
            f"{bad} log-mel values of clips or originals are NaN or infinite; check "
            "the clips"
        )
    dims = tuple(range(1, difference.dim()))
    return MelDistance(
        difference.abs().mean(dims), difference.square().mean(dims).sqrt()
    )
