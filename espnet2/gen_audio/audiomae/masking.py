"""Choose the patches that are visible to the encoder.

Shapes: B clips, P patches, K visible patches. Source: MAE, arXiv:2111.06377: each patch
draws a random number, and the K patches with the smallest numbers stay visible.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class PatchMask:
    """The visible patches in their order, and the permutation back to the grid.

    Args:
        kept: Indices of the visible patches, (B, K).
        restore: Index of every patch in the order 'visible, then hidden', (B, P).
    """

    kept: torch.Tensor
    restore: torch.Tensor

    @property
    def hidden(self) -> torch.Tensor:
        """True for patches that are hidden from the encoder, (B, P)."""
        return self.restore >= self.kept.shape[1]

    def keep(self, patches: torch.Tensor) -> torch.Tensor:
        """Return the visible patches.

        Args:
            patches: All patches, (B, P, D).

        Returns:
            Visible patches in the mask's order, (B, K, D).
        """
        return _take(patches, self.kept)

    def put_back(self, kept: torch.Tensor, filler: torch.Tensor) -> torch.Tensor:
        """Return all patches, with the mask token for each hidden patch.

        Args:
            kept: Features of the visible patches, (B, K, D).
            filler: The mask token, (1, 1, D).

        Returns:
            Patches in their original order, (B, P, D).
        """
        missing = self.restore.shape[1] - kept.shape[1]
        fillers = filler.to(kept.dtype).expand(len(kept), missing, -1)
        return _take(torch.cat([kept, fillers], dim=1), self.restore)


def mask_of(noise: torch.Tensor, ratio: float) -> PatchMask:
    """Hide the patches with the largest random numbers.

    Args:
        noise: One random number per patch, (B, P).
        ratio: Fraction of the patches to hide; at least one patch, and not all.

    Returns:
        The mask; K = floor(P * (1 - ratio)).

    Raises:
        ValueError: If the ratio keeps no patch or hides no patch.
    """
    patches = noise.shape[1]
    count = int(patches * (1 - ratio))
    if not 0 < count < patches:
        raise ValueError(
            f"mask ratio {ratio} keeps {count} of {patches} patches; choose one "
            "between 0 and 1 that hides some and keeps some"
        )
    order = noise.argsort(dim=1, stable=True)
    return PatchMask(kept=order[:, :count], restore=order.argsort(dim=1))


def fixed_noise(utt_ids: Sequence[str], patches: int) -> torch.Tensor:
    """Return random numbers seeded by the ids, so that validation masks never change.

    Args:
        utt_ids: Ids of B clips.
        patches: Number of patches, P.

    Returns:
        Uniform noise on the CPU, (B, P).
    """
    rows = []
    for utt_id in utt_ids:
        generator = torch.Generator().manual_seed(zlib.crc32(utt_id.encode()))
        rows.append(torch.rand(patches, generator=generator))
    return torch.stack(rows)


def _take(patches: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    return patches.gather(1, places.unsqueeze(2).expand(-1, -1, patches.shape[2]))
