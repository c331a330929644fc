"""Choose among several sounds of one caption: the one that CLAP hears the caption in.

Source: AudioLDM 2, arXiv:2308.05734: cosine between the text vector and that of the
first 10 s of the sound.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch

from espnet2.gen_audio.conditioner.clap import ClapEncoder
from espnet2.gen_audio.diffusion.seeding import generator_of


@dataclass(frozen=True)
class Candidate:
    """One of the sounds made of a caption.

    Attributes:
        wave: Samples, (T,).
        number: Which one, from 0 in the order of making; its noise follows from it.
        score: Cosine with the caption, -1 to 1; None where nothing was compared.
        raw: Of an edit what the models made, before the given sound was put back.
        offset: Where ``raw`` begins in ``wave``.
        seams: Samples of ``wave`` where given and made sound meet.
    """

    wave: torch.Tensor
    number: int = 0
    score: float | None = None
    raw: torch.Tensor | None = None
    offset: int = 0
    seams: tuple[int, ...] = ()


class ClapRanking:
    """Score the sounds of one caption.

    Args:
        load: Makes the encoder of texts and sounds, when it is first needed.
        replaced: Chance that a vector is replaced by that of the empty caption, as in
            the authors' wrapper, drawn from the caption's id; 0 for none.
        seed: Of these draws.
    """

    def __init__(
        self, load: Callable[[], ClapEncoder], replaced: float = 0.0, seed: int = 0
    ):
        self.load = load
        self.replaced = replaced
        self.seed = seed

    @cached_property
    def clap(self) -> ClapEncoder:
        """The encoder."""
        return self.load()

    def __call__(
        self, utt_id: str, caption: str, waves: torch.Tensor, rate: int
    ) -> list[float]:
        """Return the score of every sound.

        Args:
            utt_id: Id of the caption.
            caption: What all sounds were made of.
            waves: Sounds, (n, T).
            rate: Sampling rate in Hz.

        Returns:
            n cosines.
        """
        text = self.clap.text([caption]).embedding[:, 0]
        sound = self.clap.audio(waves, rate).embedding[:, 0]
        if self.replaced:
            empty = self.clap.text([""]).embedding[:, 0].to(sound)
            drawn = generator_of(self.seed, f"{utt_id}\nranking")
            coins = torch.rand(1 + len(sound), generator=drawn) < self.replaced
            text = empty if coins[0] else text
            sound = torch.where(coins[1:, None].to(sound.device), empty, sound)
        return torch.cosine_similarity(text.to(sound), sound).tolist()


def ranked(candidates: list[Candidate]) -> list[Candidate]:
    """Sort candidates, the best first; equal scores keep the order of making.

    Args:
        candidates: With scores.

    Returns:
        The same, sorted.
    """
    return sorted(candidates, key=lambda each: -each.score)
