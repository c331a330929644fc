"""Audio prompt: generate a sound conditioned on the LOA of a given sound."""

from dataclasses import dataclass
from typing import ClassVar

from espnet2.gen_audio.pipeline.edit.encode_source import loa_of
from espnet2.gen_audio.pipeline.edit.source import Source
from espnet2.gen_audio.pipeline.lengths import frames_of
from espnet2.gen_audio.pipeline.loa_source import LOASource
from espnet2.gen_audio.pipeline.request import Plan, Request, wanted_samples
from espnet2.gen_audio.pipeline.system import System


@dataclass(frozen=True)
class AudioPrompt:
    """Generate a sound conditioned on the LOA of a given sound.

    Attributes:
        source: The given sound; its first clip is used.
        strength: Blend weight of its LOA; the weight of the LOA that is predicted from
            the caption is 1 - strength.

    Raises:
        ValueError: If the strength is out of range.
    """

    edits_latent: ClassVar[bool] = False

    source: Source
    strength: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.strength <= 1.0:
            raise ValueError(
                f"strength {self.strength} of the audio prompt was given; use above 0 "
                "(only the caption) to 1 (only the sound)"
            )

    def check(self, system: System, request: Request) -> None:
        """Refuse a request that cannot be met, before anything is encoded.

        Args:
            system: The parts.
            request: As for ``plan``.

        Raises:
            ValueError: If the system has no AudioMAE, or the length is not usable.
        """
        wanted_samples(system, request)
        if not system.reads_sounds:
            raise ValueError(
                f"{request.utt_id}: an audio prompt needs LOA and an AudioMAE, which "
                "this system lacks; use one that has them (official .pth files do), or "
                "style transfer"
            )

    def plan(self, system: System, request: Request) -> Plan:
        """Return the plan of a request.

        Args:
            system: The parts, an AudioMAE among them.
            request: The request; without ``seconds``, one clip of the models is
                generated.

        Returns:
            The plan.
        """
        self.check(system, request)
        samples = wanted_samples(system, request)
        loa = loa_of(system, self.source, 0)
        source = LOASource.of(loa, self.strength)
        return Plan(samples, frames_of(samples, system.specification), loa=source)
