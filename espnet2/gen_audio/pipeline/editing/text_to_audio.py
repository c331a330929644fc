"""A sound of a caption alone."""

from dataclasses import dataclass
from typing import Any

from espnet2.gen_audio.pipeline.lengths import frames_of, samples_of
from espnet2.gen_audio.pipeline.plan import Plan


@dataclass(frozen=True)
class TextToAudio:
    """Make a sound of a caption."""

    def plan(self, system: Any, request: Any) -> Plan:
        """Return what is to be sampled for a request.

        Args:
            system: The models.
            request: With a caption; ``seconds`` is the models' clip if None.

        Returns:
            The plan.

        Raises:
            ValueError: If the caption is empty, or too long a speech is asked for.
        """
        facts = system.facts
        if not (request.caption.strip() or request.transcript):
            raise ValueError(
                f"{request.utt_id}: the caption is empty; say what is to be heard"
            )
        samples = wanted_samples(system, request)
        if facts.speaks and samples > facts.geometry.samples:
            raise ValueError(
                f"{request.utt_id}: {request.seconds:g} s of speech were wanted, but a "
                f"transcript is spoken within {facts.geometry.seconds:g} s; cut it "
                "into sentences, or continue the first one"
            )
        return Plan(samples, frames_of(samples, facts.geometry, facts.multiple))


def wanted_samples(system: Any, request: Any) -> int:
    """Return the samples that a request asks for, a clip's if it does not say."""
    geometry = system.facts.geometry
    if request.seconds is None:
        return geometry.samples
    return samples_of(request.seconds, geometry)
