"""A sound like a given one: its LOA takes the place of the caption's."""

from dataclasses import dataclass
from typing import Any

import torch

from espnet2.gen_audio.pipeline.decoding import loa_of
from espnet2.gen_audio.pipeline.editing.text_to_audio import wanted_samples
from espnet2.gen_audio.pipeline.lengths import frames_of
from espnet2.gen_audio.pipeline.plan import Plan
from espnet2.gen_audio.pipeline.source import Source


@dataclass(frozen=True)
class AudioPrompt:
    """Make a sound like a given one.

    Attributes:
        source: The given sound; its first clip counts.
        strength: Share of its LOA in that which the diffusion model hears; the rest is
            what the language model makes of the caption.

    Raises:
        ValueError: If the strength is out of range.
    """

    source: Source
    strength: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.strength <= 1.0:
            raise ValueError(
                f"strength {self.strength} of the audio prompt was given; use above 0 "
                "(the caption alone) to 1 (the sound alone)"
            )

    def plan(self, system: Any, request: Any) -> Plan:
        """Return what is to be sampled for a request.

        Args:
            system: The models, an AudioMAE among them.
            request: ``seconds`` is the models' clip if None.

        Returns:
            The plan.

        Raises:
            ValueError: If the system has no AudioMAE.
        """
        facts = system.facts
        samples = wanted_samples(system, request)
        loa = loa_of(system, self.source, 0)
        if loa is None:
            raise ValueError(
                "an audio prompt needs LOA and an AudioMAE, which this system lacks; "
                "use one that has them (official .pth files do), or style transfer"
            )
        share = torch.full((1, len(loa)), self.strength)
        frames = frames_of(samples, facts.geometry, facts.multiple)
        return Plan(samples, frames, loa=loa[None], share=share)
