"""Guided attention: some heads are taught to follow the text as speech does.

Shapes: B clips, H heads, N columns of the sequence, L LOA tokens, n phonemes.
A model that must find out by itself which phoneme is spoken when learns the length of
the speech first and its words late. Speech goes through its text at a nearly even pace,
so a loss draws the attention of a few heads to the place that an even pace gives.
Source: guided attention, arXiv:1710.08969, which ESPnet's transformer TTS uses; here as
a reward for what is near, since these heads could also attend to no phoneme at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from espnet2.gen_audio.ranks import share_of, sum_over_ranks

LEAST = 1e-4  # keeps the logarithm finite
SAMPLES_NAME = "num_samples"  # the data with the length of a clip's sound


@dataclass(frozen=True)
class GuidedAttention:
    """Which heads are guided, and how closely.

    Args:
        layers: The first layers have guided heads.
        heads: The first heads of a layer.
        width: Standard deviation of the place, as a fraction of text and speech.
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
        """Return minus the mean log of the weights that guided heads give their place.

        Args:
            attentions: Of each layer, (B, H, N, N); its last L - 1 rows read LOA 1 to
                L - 1 and predict 2 to L.
            text_column: Column of the first phoneme.
            lengths: Phonemes of each clip, the end mark included, (B,).
            speech_end: Where the speech of each clip ends, as a fraction of the clip,
                (B,).

        Returns:
            The loss; zero if there is no speech.
        """
        longest = int(lengths.max())
        rows = attentions[0].shape[2] - text_column - longest - 1
        near = self._near(rows, longest, lengths, speech_end)
        counts = near.any(dim=2)
        total = near.new_zeros(())
        for attention in attentions[: self.layers]:
            to_text = attention[:, : self.heads, -rows:, text_column:][..., :longest]
            weight = (to_text * near[:, None]).sum(dim=3)
            total = total - ((weight + LEAST).log() * counts[:, None]).sum()
        # ESPnet weights processes by clips, but this is a mean over pairs of all clips
        rows = sum_over_ranks(counts.sum()).clamp(min=1)
        pairs = rows * self.heads * len(attentions[: self.layers])
        return total / (pairs * share_of(len(lengths), lengths.device))

    def _near(
        self, rows: int, longest: int, lengths: torch.Tensor, speech_end: torch.Tensor
    ) -> torch.Tensor:
        """Return how near each phoneme is to each LOA token, 0 to 1, (B, L - 1, n)."""
        device = lengths.device
        # the row that reads token k predicts the next one
        time = (torch.arange(1, rows + 1, device=device) + 0.5) / (rows + 1)
        time = time[None] / speech_end.to(device)[:, None]
        place = torch.arange(longest, device=device) + 0.5
        place = place[None] / (lengths - 1).clamp(min=1)[:, None]
        apart = (time[:, :, None] - place[:, None]) / self.width
        near = torch.exp(-0.5 * apart.square())
        valid = torch.arange(longest, device=device) < lengths[:, None]
        return near * valid[:, None] * (time < 1.0)[:, :, None]
