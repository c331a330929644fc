"""A requested sound, the plan of its task, and the resulting candidates.

Shapes: T samples, C channels, T' latent frames, F' latent bins.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

import torch

from espnet2.gen_audio.condition.spec import ConditionSpec, Role
from espnet2.gen_audio.files.visible_text import is_blank
from espnet2.gen_audio.pipeline.lengths import Frames, frames_of, samples_of
from espnet2.gen_audio.pipeline.loa_source import PREDICTED, LOASource
from espnet2.gen_audio.pipeline.speech import has_phonemes
from espnet2.gen_audio.pipeline.system import System


@dataclass(frozen=True)
class Candidate:
    """One of the sounds generated for a request.

    Attributes:
        wave: Samples, (T,).
        number: Number of the candidate, from 0; part of the seed of the noise.
        score: CLAP similarity to the caption, -1 to 1; None without ranking.
        raw: For an edit, the generated sound before it is joined to the given one.
        offset: First sample of ``raw`` in ``wave``.
        seams: Samples of ``wave`` at which the given sound and the generated sound
            meet.
        judged_from: First sample of ``raw`` that candidates are ranked by.
    """

    wave: torch.Tensor
    number: int = 0
    score: float | None = None
    raw: torch.Tensor | None = None
    offset: int = 0
    seams: tuple[int, ...] = ()
    judged_from: int = 0

    @property
    def judged(self) -> torch.Tensor:
        """What candidates are ranked by: of an edit, what was generated, (T,).

        CLAP reads the first 10 s, which may be the given sound in ``wave``.
        """
        return self.wave if self.raw is None else self.raw[self.judged_from :]


@dataclass(frozen=True)
class Plan:
    """The plan of a request: its frames, LOA and latents.

    Attributes:
        samples: Number of samples to generate.
        frames: Latent frames and windows.
        finish: Function from the generated waveform to the result.
        loa: Source of the LOA.
        known: Scaled latent of a given sound, (C, T', F').
        keep: Fraction of the steps for which ``known`` is kept, (T', F').
        strength: Fraction of the noise schedule that is run.
    """

    samples: int
    frames: Frames
    finish: Callable[[torch.Tensor], Candidate] = Candidate
    loa: LOASource = PREDICTED
    known: torch.Tensor | None = None
    keep: torch.Tensor | None = None
    strength: float = 1.0

    @property
    def batch_key(self) -> tuple[Frames, bool, float]:
        """A key that is equal for plans that can be sampled in one batch."""
        return self.frames, self.known is None, self.strength


class Task(Protocol):
    """A task, such as text to audio, which plans requests.

    Attributes:
        edits_latent: Whether parts of a given latent are kept.
    """

    edits_latent: bool

    def check(self, system: System, request: "Request") -> None:
        """Refuse a request that cannot be met, before anything is encoded.

        All requests are checked before the first one is planned: a late refusal must
        not end hours of work.

        Args:
            system: The parts.
            request: The request.
        """

    def plan(self, system: System, request: "Request") -> Plan:
        """Return the plan of a request.

        Args:
            system: The parts, with which a task encodes its given sound.
            request: The request.

        Returns:
            The plan.
        """


@dataclass(frozen=True)
class TextToAudio:
    """Generate a sound from a caption."""

    edits_latent: ClassVar[bool] = False

    def check(self, system: System, request: "Request") -> None:
        """Refuse a request that cannot be met; its plan encodes nothing.

        Args:
            system: The parts.
            request: As for ``plan``.
        """
        self.plan(system, request)

    def plan(self, system: System, request: "Request") -> Plan:
        """Return what is to be sampled for a request.

        Args:
            system: The parts.
            request: The request, with a caption; without ``seconds``, one clip of the
                models is generated.

        Returns:
            The plan.

        Raises:
            ValueError: If the caption is empty, or the requested speech is longer than
                a clip.
        """
        specification = system.specification
        geometry = specification.geometry
        if not request.has_text:
            raise ValueError(
                f"{request.utt_id}: the caption {request.caption!r} is empty; describe "
                "the sound"
            )
        samples = wanted_samples(system, request)
        is_long = samples > geometry.samples
        if is_long and specification.reads_phonemes and request.is_spoken:
            raise ValueError(
                f"{request.utt_id}: {request.seconds:g} s of speech requested, but a "
                f"transcript must fit into {geometry.seconds:g} s; split it into "
                "sentences, or continue the first one"
            )
        return Plan(samples, frames_of(samples, specification))


def refuse_without_input(system: System, request: "Request", what: str) -> None:
    """Refuse an edit that would be made of nothing: no caption, no LOA of the sound.

    Args:
        system: The parts.
        request: The request, with a given sound.
        what: Name of the task, for the message.

    Raises:
        ValueError: If the caption is empty and the system has no LOA or no AudioMAE.
    """
    if not request.has_text and not system.reads_sounds:
        raise ValueError(
            f"{request.utt_id}: {what} with the empty caption {request.caption!r} "
            "needs LOA and an AudioMAE, which this system lacks; describe the sound"
        )


@dataclass(frozen=True)
class Request:
    """One requested sound.

    Attributes:
        utt_id: Its id; the noise is seeded by seed and id.
        caption: Caption; may be empty if a sound or a transcript is given.
        seconds: Duration; the task's default if None.
        seed: Seed; if None, the seed of the sampling options.
        task: Text to audio, or a task on a given sound, see ``edit``.
        transcript: Transcript of the speech, in ordinary spelling; None if the caption
            has phonemes, or for other sounds than speech.
        source_transcript: Transcript of the given sound, for speech that continues it.
        loa: Source of the LOA. If None, the task determines it: predicted from the
            caption, or the LOA of the given sound.
        unconditional: Names of conditions that are replaced by their null conditions.
        conditions: Conditions that the config of the model declares, (L, D) each, by
            name; a condition that is not given is null. The positions of a condition
            with the role ``channels`` are spread over the generated sound, or over a
            whole clip if the sound is shorter.

    Raises:
        ValueError: If ``source_transcript`` is given without ``transcript``.
    """

    utt_id: str
    caption: str = ""
    seconds: float | None = None
    seed: int | None = None
    task: Task = field(default_factory=TextToAudio)
    transcript: str | None = None
    source_transcript: str | None = None
    loa: LOASource | None = None
    unconditional: tuple[str, ...] = ()
    conditions: Mapping[str, torch.Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.source_transcript is not None and self.transcript is None:
            raise ValueError(
                f"source_transcript {self.source_transcript!r} was given without a "
                "transcript; give the words that follow it"
            )

    @property
    def is_spoken(self) -> bool:
        """Whether a model of speech is to speak: there is a transcript or phonemes."""
        return self.transcript is not None or has_phonemes(self.caption)

    @property
    def has_text(self) -> bool:
        """Whether the request has a caption or a transcript."""
        return not is_blank(self.caption) or bool(self.transcript)


def wanted_samples(system: System, request: Request) -> int:
    """Return the number of samples of a request; by default, of one clip.

    Args:
        system: The parts.
        request: The request.

    Returns:
        The number of samples.
    """
    geometry = system.specification.geometry
    if request.seconds is None:
        return geometry.samples
    return samples_of(request.seconds, geometry)


def refuse_conditions(declared: Sequence[ConditionSpec], request: Request) -> None:
    """Refuse given conditions that the models cannot use, before generation.

    Args:
        declared: Conditions of the models beside the published ones.
        request: The request.

    Raises:
        ValueError: If a condition is unknown, of another shape, or not finite.
    """
    specs = {spec.name: spec for spec in declared}
    for name, values in request.conditions.items():
        if name not in specs:
            raise ValueError(
                f"{request.utt_id}: condition {name!r} was given, but this model has "
                f"{', '.join(specs) or 'none'} beside caption and LOA; remove it, "
                "or train a model whose config declares it"
            )
        _refuse_values(specs[name], values, request.utt_id)


def _refuse_values(spec: ConditionSpec, values: torch.Tensor, utt_id: str) -> None:
    """Refuse values of a condition that do not fit its spec."""
    shape = tuple(values.shape)
    single = not {Role.EMBEDDING, Role.TIME}.isdisjoint(spec.roles)
    fits = len(shape) == 2 and shape[1] == spec.width and shape[0] > 0
    if not fits or (single and shape[0] > 1):
        raise ValueError(
            f"{utt_id}: condition {spec.name} of shape {shape} was given, but this "
            f"model needs ({1 if single else 'positions'}, {spec.width}); dump it with "
            "the encoder used in training"
        )
    if not values.isfinite().all():
        raise ValueError(
            f"{utt_id}: condition {spec.name} of shape {shape} holds NaN or infinity; "
            "give finite numbers"
        )
