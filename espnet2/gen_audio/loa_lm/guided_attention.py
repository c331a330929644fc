"""Guided attention: a loss that makes some heads follow the text at a constant rate.

A model without this loss learns the length of the speech first, and learns late which
phoneme is spoken when. The speaking rate is nearly constant. So the loss makes a few
heads attend to the phoneme that a constant rate predicts for each LOA token.
Shapes: B clips, H heads, A columns of conditions and LOA, L LOA tokens, V phonemes
(vectors of the last condition, padded to the longest).
Source: guided attention, arXiv:1710.08969, which ESPnet's transformer TTS uses. There
the loss penalises attention far from this phoneme; here it rewards attention near it,
since GPT-2's heads could also attend to no phoneme.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from espnet2.gen_audio.ranks import share_of, sum_over_ranks

LEAST = 1e-4  # keeps the logarithm finite
SAMPLES_NAME = "num_samples"  # name of the data with the length of each sound


@dataclass(frozen=True)
class GuidedAttention:
    """The guided heads, and the loss of their attention.

    Args:
        layers: Number of layers with guided heads, from the first layer on.
        heads: Number of guided heads of a layer, from the first head on.
        width: Standard deviation of the predicted place, as a fraction of the text.
    """

    layers: int = 2
    heads: int = 2
    width: float = 0.06

    def loss(
        self,
        attentions: Sequence[torch.Tensor],
        text_column: int,
        lengths: torch.Tensor,
        speech_end: torch.Tensor,
    ) -> torch.Tensor:
        """Return the negative mean log of the weights near the predicted phonemes.

        Args:
            attentions: Attention weights of each layer, (B, H, A, A); the queries of
                the last L - 1 rows are LOA tokens 1 to L - 1, which predict tokens 2 to
                L.
            text_column: Column of the first phoneme.
            lengths: Number of phonemes of each clip, including the end token, (B,).
            speech_end: End of the speech of each clip, as a fraction of the clip, (B,).

        Returns:
            The loss, (); zero if there is no speech. A clip whose text is the end token
            alone, which is no speech, adds nothing.
        """
        longest = int(lengths.max())
        rows = attentions[0].shape[2] - text_column - longest - 1
        near = self._near(rows, longest, lengths, speech_end)  # (B, L - 1, V)
        counts = near.any(dim=2)  # (B, L - 1)
        total = near.new_zeros(())
        for attention in attentions[: self.layers]:
            to_text = attention[:, : self.heads, -rows:, text_column:][..., :longest]
            # to_text: (B, heads, L - 1, V)
            weight = (to_text * near[:, None]).sum(dim=3)  # (B, heads, L - 1)
            total = total - ((weight + LEAST).log() * counts[:, None]).sum()
        # ESPnet weights processes by clips, but this is a mean over pairs of all clips
        rows = sum_over_ranks(counts.sum()).clamp(min=1)
        pairs = rows * self.heads * len(attentions[: self.layers])
        return total / (pairs * share_of(len(lengths), lengths.device))

    def _near(
        self, rows: int, longest: int, lengths: torch.Tensor, speech_end: torch.Tensor
    ) -> torch.Tensor:
        """Return how near phonemes are to predicted places, 0 to 1, (B, L - 1, V)."""
        device = lengths.device
        # the row of token k predicts token k + 1
        time = (torch.arange(1, rows + 1, device=device) + 0.5) / (rows + 1)
        time = time[None] / speech_end.to(device)[:, None]  # (B, L - 1)
        place = torch.arange(longest, device=device) + 0.5
        place = place[None] / (lengths - 1).clamp(min=1)[:, None]  # (B, V)
        apart = (time[:, :, None] - place[:, None]) / self.width  # (B, L - 1, V)
        near = torch.exp(-0.5 * apart.square())
        valid = torch.arange(longest, device=device) < lengths[:, None]  # (B, V)
        spoken = valid & (lengths > 1)[:, None]  # not the empty text
        return near * spoken[:, None] * (time < 1.0)[:, :, None]
