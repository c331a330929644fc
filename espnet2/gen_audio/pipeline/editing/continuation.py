"""A recording that goes on: in-context generation.

The LOA of the recording is the prefix from which the language model goes on (AudioLDM
2, arXiv:2308.05734, section III), and its latent stays at every step. Sounds longer
than a clip are made in windows that overlap by half, each going on from the LOA of the
one before.
"""

from dataclasses import dataclass
from typing import Any

import torch

from espnet2.gen_audio.pipeline.decoding import latent_of, loa_of
from espnet2.gen_audio.pipeline.editing.inpainting import keep_outside
from espnet2.gen_audio.pipeline.editing.text_to_audio import wanted_samples
from espnet2.gen_audio.pipeline.lengths import Frames, frame_samples, frames_of
from espnet2.gen_audio.pipeline.paste import FADE, faded_in, within_full_scale
from espnet2.gen_audio.pipeline.plan import Plan
from espnet2.gen_audio.pipeline.ranking import Candidate
from espnet2.gen_audio.pipeline.source import Source
from espnet2.gen_audio.pipeline.token_times import tokens_outside


@dataclass(frozen=True)
class Continuation:
    """Go on from the end of a sound.

    Attributes:
        source: The given sound; its last half clip is what the models go on from.
        keep_latent: Whether its latent stays as well; else its LOA leads only, and the
            new part may differ in level and background.
        fade: Seconds before its end in which both sounds are mixed.
    """

    source: Source
    keep_latent: bool = True
    fade: float = FADE

    def plan(self, system: Any, request: Any) -> Plan:
        """Return what is to be sampled for a request.

        Args:
            system: The models.
            request: ``seconds`` of new sound, half a clip if None; the caption says
                what the whole sounds like and may be empty where the system has an
                AudioMAE; that of a speech model has the phonemes of both parts.

        Returns:
            The plan.

        Raises:
            ValueError: If the sound is too short to go on from.
        """
        facts = system.facts
        geometry, per = facts.geometry, frame_samples(facts.geometry)
        half = geometry.latent_frames // 2
        new = half * per
        if request.seconds is not None:
            new = wanted_samples(system, request)
        context = min(len(self.source) // per, half) * per
        if not context:
            raise ValueError(
                f"{request.utt_id}: the sound is shorter than {per} samples, too short "
                "to go on from"
            )
        start = len(self.source) - context
        frames = frames_of(context + new, geometry, facts.multiple, hop=half)
        crop, known = latent_of(system, self.source, start, len(self.source), frames)
        unknown = [(context, frames.count * per)]
        rate = geometry.sample_rate
        fade = round(self.fade * rate)
        keep = keep_outside(unknown, known.shape[1:], per, fade)
        if not self.keep_latent:
            keep = torch.zeros_like(keep)
        loa, share = self._loa(system, start, context, frames)

        def finish(made: torch.Tensor) -> Candidate:
            own = within_full_scale(crop.at_own_level(made), request.utt_id)
            given = torch.cat([self.source.wave[start:], own[context:].float()])
            tail = faded_in(given, own.to(given), context, len(given), fade, rate)
            wave = torch.cat([self.source.wave[:start], tail])
            seams = (len(self.source),)
            return Candidate(wave, raw=own, offset=start, seams=seams)

        return Plan(
            context + new,
            frames,
            finish,
            loa,
            share,
            chained=len(frames.starts) > 1,
            known=known,
            keep=keep,
        )

    def _loa(
        self, system: Any, start: int, context: int, frames: Frames
    ) -> tuple[torch.Tensor | None, torch.Tensor | None]:
        """Return LOA of the first window and which of its tokens are given."""
        # when speech ends its transcript says; another sound would hear its own end
        first = loa_of(system, self.source, start, goes_on=not system.facts.speaks)
        if first is None:
            return None, None
        facts = system.facts
        unknown = [(context, facts.geometry.samples)]
        given = tokens_outside(unknown, facts.geometry, facts.loa_factor)
        windows = len(frames.starts)
        return first[None].expand(windows, -1, -1), given[None].expand(windows, -1)
