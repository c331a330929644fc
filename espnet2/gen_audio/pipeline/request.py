"""One sound that is asked for."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from espnet2.gen_audio.pipeline.editing.text_to_audio import TextToAudio
from espnet2.gen_audio.pipeline.plan import Plan


class Task(Protocol):
    """What is made: a value that plans requests."""

    def plan(self, system: Any, request: "Request") -> Plan:
        """Return what is to be sampled for a request.

        Args:
            system: The models, ``Text2Audio``.
            request: What is asked for.

        Returns:
            The plan.
        """


@dataclass(frozen=True)
class Request:
    """One sound that is asked for.

    Attributes:
        utt_id: Its id; with the seed it decides the noise.
        caption: What it sounds like; may be empty where a sound or a transcript is
            given.
        seconds: Length; what the task takes for usual if None.
        seed: The options' seed if None.
        task: Text to audio, or what is made of a given sound, see ``editing``.
        transcript: What a speech model says, in ordinary spelling; None where the
            caption holds phonemes, or nothing is said.
        source_transcript: What the given sound says, for speech that goes on from it.
    """

    utt_id: str
    caption: str = ""
    seconds: float | None = None
    seed: int | None = None
    task: Task = field(default_factory=TextToAudio)
    transcript: str | None = None
    source_transcript: str | None = None
