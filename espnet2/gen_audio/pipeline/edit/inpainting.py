"""Inpainting: generate spans of a sound and keep all other samples."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.pipeline.edit.cross_fade import (
    FADE,
    cross_faded,
    within_full_scale,
)
from espnet2.gen_audio.pipeline.edit.encode_source import latent_of, loa_of
from espnet2.gen_audio.pipeline.edit.source import Source
from espnet2.gen_audio.pipeline.lengths import (
    frame_samples,
    frames_of,
    tokens_outside,
)
from espnet2.gen_audio.pipeline.loa_source import PREDICTED, LOASource
from espnet2.gen_audio.pipeline.request import (
    Candidate,
    Plan,
    Request,
    refuse_without_input,
)
from espnet2.gen_audio.pipeline.system import System

Span = tuple[int, int]


@dataclass(frozen=True)
class Inpainting:
    """Generate spans of a sound; all other samples are unchanged.

    Attributes:
        source: The given sound.
        spans: Start and end of each span, in seconds.
        fade: Seconds of cross-fade before and after a span.
    """

    edits_latent: ClassVar[bool] = True

    source: Source
    spans: Sequence[tuple[float, float]]
    fade: float = FADE

    def check(self, system: System, request: Request) -> None:
        """Refuse a request that cannot be met, before anything is encoded.

        Args:
            system: The parts.
            request: As for ``plan``.

        Raises:
            ValueError: If a span is outside the sound, the spans together do not fit
                into one clip of the models, or the caption is empty and the system has
                no AudioMAE.
        """
        refuse_without_input(system, request, "inpainting")
        self._extent(system, request)

    def plan(self, system: System, request: Request) -> Plan:
        """Return the plan of a request.

        Args:
            system: The parts.
            request: The request. The caption may be empty if the system has an
                AudioMAE; the length is that of the source.

        Returns:
            The plan.
        """
        geometry, rate = system.specification.geometry, system.sample_rate
        self.check(system, request)
        spans, (start, end) = self._extent(system, request)
        frames = frames_of(end - start, system.specification)
        crop, known = latent_of(system, self.source, start, end, frames)
        inside = [(a - start, b - start) for a, b in spans]
        fade = round(self.fade * rate)
        per = frame_samples(geometry)
        keep = keep_outside(inside, known.shape[1:], per, fade)
        source = self._loa_source(system, start, inside)

        def finish(made: torch.Tensor) -> Candidate:
            """Replace the spans of the given sound, with cross-fades at both ends."""
            own = within_full_scale(crop.at_own_level(made), request.utt_id)
            wave = self.source.wave.clone()
            for a, b in inside:
                part = wave[start:end]
                wave[start:end] = cross_faded(part, own.to(part), a, b, fade, rate)
            seams = [at for span in spans for at in span if 0 < at < len(wave)]
            return Candidate(wave, raw=own, offset=start, seams=tuple(seams))

        return Plan(end - start, frames, finish, source, known, keep)

    def _extent(self, system: System, request: Request) -> tuple[list[Span], Span]:
        """Return the spans, and the part of the sound that is encoded, in samples."""
        length, own_id = len(self.source), request.utt_id
        spans = spans_in_samples(self.spans, length, system.sample_rate, own_id)
        geometry = system.specification.geometry
        return spans, _crop_around(spans, length, geometry, own_id)

    def _loa_source(
        self, system: System, start: int, inside: Sequence[Span]
    ) -> LOASource:
        """Return the LOA of the sound, with the tokens of the spans predicted."""
        loa = loa_of(system, self.source, start)
        if loa is None:
            return PREDICTED
        specification = system.specification
        weight = tokens_outside(
            inside, specification.geometry, specification.loa_factor
        )
        return LOASource(given=loa[None], weight=weight[None])


def spans_in_samples(
    spans: Sequence[tuple[float, float]], length: int, rate: int, utt_id: str
) -> list[Span]:
    """Convert spans from seconds to samples; spans that overlap or touch are joined.

    Args:
        spans: Start and end of each, in seconds.
        length: Samples of the sound.
        rate: Sampling rate in Hz.
        utt_id: Id for messages.

    Returns:
        Start and end of each, in samples, in order and with given samples between them.

    Raises:
        ValueError: If there is no span, or one is empty, shorter than a sample or
            outside the sound.
    """
    seconds = length / rate
    for start, end in spans:
        if not 0.0 <= start < end <= seconds + 1e-9 or not math.isfinite(end):
            raise ValueError(
                f"{utt_id}: span {start:g} to {end:g} s is not inside the sound of "
                f"{seconds:g} s"
            )
    if not spans:
        raise ValueError(f"{utt_id}: no span was given; give one, e.g. 1.2 2.0")
    rounded = [(round(a * rate), min(round(b * rate), length)) for a, b in spans]
    for (start, end), (first, last) in zip(spans, rounded):
        if first >= last:
            raise ValueError(
                f"{utt_id}: span {start:g} to {end:g} s is shorter than a sample"
            )
    return _united(rounded)


def _united(spans: Sequence[Span]) -> list[Span]:
    """Return spans in order, those that overlap or touch as one."""
    united: list[Span] = []
    for start, end in sorted(spans):
        if united and start <= united[-1][1]:
            start, before = united.pop()
            end = max(end, before)
        united.append((start, end))
    return united


def keep_outside(
    spans: Sequence[Span], shape: Sequence[int], per: int, fade: int
) -> torch.Tensor:
    """Return the fraction of the steps for which the latent outside spans is kept.

    Every frame that a span touches is generated. The mel frames of training are centred
    in the middle of their hop, so those of latent frame f are centred within its
    samples, from f * per to (f + 1) * per: the mask is the same for a sound played
    backwards.

    Within a cross-fade, frames nearer to the span are kept for fewer steps: the given
    latent was encoded without the generated part and does not join it smoothly.

    Args:
        spans: Spans in samples.
        shape: (T', F').
        per: Samples per latent frame.
        fade: Samples of a cross-fade.

    Returns:
        Fraction of the steps for which the latent is kept, (T', F').
    """
    inside = torch.zeros(shape[0], dtype=torch.bool)
    for start, end in spans:
        inside[start // per : math.ceil(end / per)] = True
    frames = torch.arange(shape[0])
    away = (frames[:, None] - frames[inside]).abs().amin(dim=1)
    released = math.ceil(fade / per) + 1 if fade else 0
    return (away / (released + 1)).clamp(max=1.0)[:, None].expand(*shape)


def _crop_around(
    spans: Sequence[Span], length: int, geometry: ClipGeometry, utt_id: str
) -> Span:
    """Return the part of a long sound that is encoded: one clip around the spans."""
    window = geometry.samples
    if length <= window:
        return 0, length
    first, last = min(a for a, _ in spans), max(b for _, b in spans)
    if last - first > window * 3 // 4:
        reach = (last - first) / geometry.sample_rate
        raise ValueError(
            f"{utt_id}: the spans extend over {reach:g} s, but one run processes "
            f"{geometry.seconds:g} s, a fourth of it around them; give them in several "
            "runs"
        )
    start = min(max(0, (first + last - window) // 2), length - window)
    return start, start + window
