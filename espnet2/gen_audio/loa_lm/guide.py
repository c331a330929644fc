"""Tell some attention heads where in the text a moment of the clip is likely to be.

Shapes: B clips, H heads, N columns of the sequence, L LOA tokens, n phonemes.
A model that must find out by itself which phoneme is spoken when learns the length of
the speech first and its words late. Speech goes through its text at a nearly even pace,
so a few heads are paid for listening near the place that an even pace gives.
Source: guided attention, arXiv:1710.08969, which ESPnet's transformer TTS uses; here as
a reward for what is near, since these heads could also look away from all phonemes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

LEAST = 1e-4  # keeps the logarithm finite
SAMPLES_NAME = "num_samples"  # the data that says how long a clip's sound is


@dataclass(frozen=True)
class TextGuide:
    """Which heads are guided, and how closely.

    Args:
        layers: The first layers have guided heads.
        heads: The first heads of a layer.
        width: Deviation of the place, as a share of text and speech.
    """

    layers: int = 2
    heads: int = 2
    width: float = 0.06

    def loss(
        self,
        attentions: Sequence[torch.Tensor],
        text_column: int,
        lengths: torch.Tensor,
        spoken: torch.Tensor,
    ) -> torch.Tensor:
        """Return minus the mean log of what guided heads spend near their place.

        Args:
            attentions: Of each layer, (B, H, N, N); its last L - 1 rows read LOA 1 to
                L - 1 and predict 2 to L.
            text_column: Column of the first phoneme.
            lengths: Phonemes of each clip, the end mark included, (B,).
            spoken: When the speech of each clip ends, as a share of the clip, (B,).

        Returns:
            The loss; zero if nothing is spoken.
        """
        longest = int(lengths.max())
        rows = attentions[0].shape[2] - text_column - longest - 1
        near = self._near(rows, longest, lengths, spoken)
        counts = near.any(dim=2)
        total = near.new_zeros(())
        for attention in attentions[: self.layers]:
            heard = attention[:, : self.heads, -rows:, text_column:][..., :longest]
            spent = (heard * near[:, None]).sum(dim=3)
            total = total - ((spent + LEAST).log() * counts[:, None]).sum()
        pairs = counts.sum() * self.heads * len(attentions[: self.layers])
        return total / pairs.clamp(min=1)

    def _near(
        self, rows: int, longest: int, lengths: torch.Tensor, spoken: torch.Tensor
    ) -> torch.Tensor:
        """Return how near each phoneme is to each LOA token, 0 to 1, (B, L - 1, n)."""
        device = lengths.device
        # the row that reads token k predicts the next one
        moment = (torch.arange(1, rows + 1, device=device) + 0.5) / (rows + 1)
        moment = moment[None] / spoken.to(device)[:, None]
        place = torch.arange(longest, device=device) + 0.5
        place = place[None] / (lengths - 1).clamp(min=1)[:, None]
        apart = (moment[:, :, None] - place[:, None]) / self.width
        near = torch.exp(-0.5 * apart.square())
        said = torch.arange(longest, device=device) < lengths[:, None]
        return near * said[:, None] * (moment < 1.0)[:, :, None]
