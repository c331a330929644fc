"""A given sound in the manner of a caption: partial noising, then sampling.

Source: SDEdit, arXiv:2108.01073, as in AudioLDM, arXiv:2301.12503, section 3.5.
"""

from dataclasses import dataclass
from typing import Any

import torch

from espnet2.gen_audio.pipeline.decoding import latent_of
from espnet2.gen_audio.pipeline.lengths import frames_of
from espnet2.gen_audio.pipeline.paste import within_full_scale
from espnet2.gen_audio.pipeline.plan import Plan
from espnet2.gen_audio.pipeline.ranking import Candidate
from espnet2.gen_audio.pipeline.source import Source


@dataclass(frozen=True)
class StyleTransfer:
    """Change a sound to what a caption says.

    Attributes:
        source: The given sound.
        strength: Share of the noise schedule that it goes through: near 0 it stays,
            at 1 nothing of it is left.

    Raises:
        ValueError: If the strength is out of range.
    """

    source: Source
    strength: float = 0.5

    def __post_init__(self) -> None:
        if not 0.0 < self.strength <= 1.0:
            raise ValueError(
                f"strength {self.strength} of the style transfer was given; use above "
                "0 (the sound as it is) to 1 (made anew)"
            )

    def plan(self, system: Any, request: Any) -> Plan:
        """Return what is to be sampled for a request.

        Args:
            system: The models.
            request: With a caption; the length is that of the source.

        Returns:
            The plan.

        Raises:
            ValueError: If the caption is empty.
        """
        if not (request.caption.strip() or request.transcript):
            raise ValueError(
                f"{request.utt_id}: style transfer needs a caption; say what the sound "
                "is to become"
            )
        facts, samples = system.facts, len(self.source)
        frames = frames_of(samples, facts.geometry, facts.multiple)
        crop, known = latent_of(system, self.source, 0, samples, frames)

        def finish(made: torch.Tensor) -> Candidate:
            own = crop.at_own_level(made)
            return Candidate(within_full_scale(own, request.utt_id))

        keep = torch.zeros(known.shape[1:])
        return Plan(
            samples,
            frames,
            finish,
            known=known,
            keep=keep,
            strength=self.strength,
        )
