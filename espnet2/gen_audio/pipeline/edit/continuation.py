"""Continuation of a recording: in-context generation.

The LOA of the recording is the prefix that the language model continues (AudioLDM 2,
arXiv:2308.05734, section III), and its latent is kept at every step. Sounds longer than
a clip are generated in windows that overlap by half; each window continues the LOA of
the previous window.
"""

from dataclasses import dataclass

import torch

from espnet2.gen_audio.pipeline.edit.cross_fade import (
    FADE,
    cross_faded,
    within_full_scale,
)
from espnet2.gen_audio.pipeline.edit.encode_source import latent_of, loa_of
from espnet2.gen_audio.pipeline.edit.inpainting import keep_outside
from espnet2.gen_audio.pipeline.edit.source import Source
from espnet2.gen_audio.pipeline.lengths import (
    Frames,
    frame_samples,
    frames_of,
    tokens_outside,
)
from espnet2.gen_audio.pipeline.loa_source import LOASource
from espnet2.gen_audio.pipeline.request import (
    Candidate,
    Plan,
    Request,
    refuse_without_input,
    wanted_samples,
)
from espnet2.gen_audio.pipeline.system import System

_RANKED_CONTEXT = 1.0  # seconds of the context that candidates are ranked with


@dataclass(frozen=True)
class Continuation:
    """Generate the continuation of a sound.

    Attributes:
        source: The given sound; its last half clip is the context.
        keep_latent: Whether the latent of the context is kept as well. If not, the new
            part is conditioned on the LOA only and may differ in level and background.
        fade: Seconds of cross-fade before the end of the given sound.
    """

    source: Source
    keep_latent: bool = True
    fade: float = FADE

    @property
    def edits_latent(self) -> bool:
        """Whether the latent of the context is kept."""
        return self.keep_latent

    def check(self, system: System, request: Request) -> None:
        """Refuse a request that cannot be met, before anything is encoded.

        Args:
            system: The parts.
            request: As for ``plan``.

        Raises:
            ValueError: If the sound is too short to continue, the length is not usable,
                speech does not fit into a clip, or the system has no AudioMAE and the
                caption is empty or only the LOA of the sound is to be kept.
        """
        refuse_without_input(system, request, "continuation")
        if not self.keep_latent and not system.reads_sounds:
            raise ValueError(
                f"{request.utt_id}: a continuation from LOA alone (--loa_only) needs "
                "LOA and an AudioMAE, which this system lacks; keep the latent too"
            )
        per = frame_samples(system.specification.geometry)
        self._context_and_new(system, request)
        if len(self.source) < per:
            raise ValueError(
                f"{request.utt_id}: the sound of {len(self.source)} samples is too "
                f"short to continue; give {per} at least"
            )

    def plan(self, system: System, request: Request) -> Plan:
        """Return the plan of a request.

        Args:
            system: The parts.
            request: The request. ``seconds`` is the length of the new sound, half a
                clip if None. The caption describes the whole sound; it may be empty if
                the system has an AudioMAE. For a speech model it has the phonemes of
                both parts.

        Returns:
            The plan.
        """
        self.check(system, request)
        specification = system.specification
        geometry = specification.geometry
        per, rate = frame_samples(geometry), geometry.sample_rate
        half = geometry.latent_frames // 2
        context, new = self._context_and_new(system, request)
        start = len(self.source) - context
        frames = frames_of(context + new, specification, half)
        crop, known = latent_of(system, self.source, start, len(self.source), frames)
        unknown = [(context, frames.count * per)]
        fade = round(self.fade * rate)
        keep = keep_outside(unknown, known.shape[1:], per, fade)
        if not self.keep_latent:
            keep = torch.zeros_like(keep)
        source = self._loa_source(system, request, start, context, frames)

        def finish(made: torch.Tensor) -> Candidate:
            """Append the continuation to the given sound, with a cross-fade."""
            own = within_full_scale(crop.at_own_level(made), request.utt_id)
            given = torch.cat([self.source.wave[start:], own[context:].float()])
            tail = cross_faded(given, own.to(given), context, len(given), fade, rate)
            wave = torch.cat([self.source.wave[:start], tail])
            seams = (len(self.source),)
            ranked = max(context - round(_RANKED_CONTEXT * rate), 0)
            return Candidate(
                wave, raw=own, offset=start, seams=seams, judged_from=ranked
            )

        return Plan(context + new, frames, finish, source, known, keep)

    def _context_and_new(self, system: System, request: Request) -> tuple[int, int]:
        """Return the samples of the context and of the new part."""
        geometry = system.specification.geometry
        per, half = frame_samples(geometry), geometry.latent_frames // 2
        new = half * per
        if request.seconds is not None:
            new = wanted_samples(system, request)
        context = min(len(self.source) // per, half) * per
        if _speaks(system, request) and context + new > geometry.samples:
            rate = geometry.sample_rate
            raise ValueError(
                f"{request.utt_id}: {new / rate:g} s of speech after "
                f"{context / rate:g} s of the given sound were requested, but both "
                f"must fit into {geometry.seconds:g} s; give fewer seconds, and "
                "continue the result"
            )
        return context, new

    def _loa_source(
        self,
        system: System,
        request: Request,
        start: int,
        context: int,
        frames: Frames,
    ) -> LOASource:
        """Return the LOA tokens of the context as prefix of the first window."""
        specification, windows = system.specification, len(frames.starts)
        # Except for speech, AudioMAE must not get the end of the recording: from its
        # LOA, the language model would predict that the sound ends.
        mirrored = not _speaks(system, request)
        first = loa_of(system, self.source, start, mirrored)
        if first is None:
            return LOASource(continued=windows > 1)
        geometry = specification.geometry
        unknown = [(context, geometry.samples)]
        given = tokens_outside(unknown, geometry, specification.loa_factor)
        return LOASource(
            given=first[None].expand(windows, -1, -1),
            weight=given[None].expand(windows, -1),
            continued=windows > 1,
        )


def _speaks(system: System, request: Request) -> bool:
    """Return whether speech is to go on, and not another sound."""
    return system.specification.reads_phonemes and request.is_spoken
