"""Style transfer: change a given sound to a caption, by sampling from partial noise.

Source: SDEdit, arXiv:2108.01073, as in AudioLDM, arXiv:2301.12503, section 3.5.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch

from espnet2.gen_audio.pipeline.edit.cross_fade import within_full_scale
from espnet2.gen_audio.pipeline.edit.encode_source import latent_of
from espnet2.gen_audio.pipeline.edit.source import Source
from espnet2.gen_audio.pipeline.lengths import frames_of
from espnet2.gen_audio.pipeline.request import Candidate, Plan, Request
from espnet2.gen_audio.pipeline.system import System


@dataclass(frozen=True)
class StyleTransfer:
    """Change a sound to match a caption.

    Attributes:
        source: The given sound.
        strength: Fraction of the noise schedule that is run: near 0 the sound hardly
            changes; at 1 the given sound has no influence.

    Raises:
        ValueError: If the strength is out of range.
    """

    edits_latent: ClassVar[bool] = True

    source: Source
    strength: float = 0.5

    def __post_init__(self) -> None:
        if not 0.0 < self.strength <= 1.0:
            raise ValueError(
                f"strength {self.strength} of the style transfer was given; use above "
                "0 (the given sound) to 1 (all generated)"
            )

    def check(self, system: System, request: Request) -> None:
        """Refuse a request that cannot be fulfilled, before anything is encoded.

        Args:
            system: The parts.
            request: The request, with a caption; the length is that of the source.

        Raises:
            ValueError: If the caption is empty.
        """
        if not request.has_text:
            raise ValueError(
                f"{request.utt_id}: style transfer needs a caption, "
                f"{request.caption!r} was given; describe what the sound is to become"
            )

    def plan(self, system: System, request: Request) -> Plan:
        """Return what is to be sampled for a request.

        Args:
            system: The parts.
            request: With a caption; the length is that of the source.

        Returns:
            The plan.
        """
        self.check(system, request)
        samples = len(self.source)
        frames = frames_of(samples, system.specification)
        crop, known = latent_of(system, self.source, 0, samples, frames)

        def finish(made: torch.Tensor) -> Candidate:
            """Scale the generated sound to the level of the given sound."""
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
