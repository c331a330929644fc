"""Rank the candidates of a caption by their CLAP similarity to it.

The similarity is the cosine between the vector of the text and the vector of the first
10 s of the sound. Source: AudioLDM 2, arXiv:2308.05734.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Protocol

import torch

from espnet2.gen_audio.encoder.clap import ClapEncoder
from espnet2.gen_audio.seeding import generator_of


class Ranking(Protocol):
    """Scores the candidates of one caption; the highest score is the best."""

    def __call__(
        self, utt_id: str, caption: str, waves: torch.Tensor, rate: int, seed: int
    ) -> list[float]:
        """Return the score of every sound; see ``ClapRanking``."""


class ClapRanking:
    """Score the candidates of one caption by CLAP.

    Args:
        load: Function that loads the CLAP encoder, called at the first use.
        replaced: Probability that a vector is replaced by the vector of the empty
            caption, as in the authors' wrapper of CLAP. It is drawn for text and sound
            of each candidate.
    """

    def __init__(self, load: Callable[[], ClapEncoder], replaced: float = 0.0):
        self.load = load
        self.replaced = replaced

    @cached_property
    def clap(self) -> ClapEncoder:
        """The CLAP encoder."""
        return self.load()

    def __call__(
        self,
        utt_id: str,
        caption: str,
        waves: torch.Tensor,
        rate: int,
        seed: int = 0,
    ) -> list[float]:
        """Return the score of every sound.

        Args:
            utt_id: Id of the caption.
            caption: The caption of all candidates.
            waves: Sounds, (n, T).
            rate: Sampling rate in Hz.
            seed: Seed of the request, which with the id determines the draws.

        Returns:
            n cosines.
        """
        text = self.clap.text([caption]).embedding[:, 0]
        sound = self.clap.audio(waves, rate).embedding[:, 0]
        if self.replaced:
            empty = self.clap.text([""]).embedding[:, 0].to(sound)
            drawn = generator_of(seed, f"{utt_id}\nranking")
            draws = torch.rand(2, len(sound), 1, generator=drawn) < self.replaced
            texts, sounds = draws.to(sound.device)
            text = torch.where(texts, empty, text.to(sound))
            sound = torch.where(sounds, empty, sound)
        return torch.cosine_similarity(text.to(sound), sound).tolist()
