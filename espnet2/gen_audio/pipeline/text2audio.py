"""Captions to waveforms, one line a model: condition -> LOA -> latent -> mel -> sound.

Shapes: B clips, L LOA tokens, D LOA features, C x T' x F' latent, T samples.
Source: AudioLDM 2, arXiv:2308.05734, figure 1.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from espnet2.gen_audio.conditioner.condition import (
    Condition,
    Conditions,
    repeat_rows,
)
from espnet2.gen_audio.diffusion.espnet_model import ESPnetLatentDiffusionModel
from espnet2.gen_audio.diffusion.seeding import generator_of
from espnet2.gen_audio.loa_lm.espnet_model import ESPnetLOALMModel
from espnet2.gen_audio.pipeline.decoding import to_waveform
from espnet2.gen_audio.pipeline.engine import make
from espnet2.gen_audio.pipeline.facts import Facts
from espnet2.gen_audio.pipeline.latents import sample
from espnet2.gen_audio.pipeline.lengths import Frames, frames_of
from espnet2.gen_audio.pipeline.on_demand import OnDemand
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.parts import Parts, batch_to_model, to_model
from espnet2.gen_audio.pipeline.preset import Behaviour, behaviour_of
from espnet2.gen_audio.pipeline.ranking import Candidate
from espnet2.gen_audio.pipeline.request import Request
from espnet2.gen_audio.vae.autoencoder import MelVAE

Ranking = Callable[[str, str, torch.Tensor, int], list[float]]


class Text2Audio(Parts):
    """Make sounds with trained parts; a part may be loaded on demand.

    Args:
        loa_lm: Caption to LOA; None for a diffusion model without LOA.
        ldm: LOA and caption to latent.
        vae: Latent to log-mel.
        vocoder: Log-mel (B, frames, n_mels) to waveform (B, T).
        encode: Captions to a batch of conditions, see ``CaptionEncoder``.
        preset: ``ours`` or ``official``, see ``pipeline.preset``.
        ranking: Scores of the candidates of a caption, see ``ClapRanking``; needed
            for more than one candidate.
        audiomae: LOA of given sounds; without it captions alone make LOA.
        facts: Sizes of the system; read from the models if None.

    Raises:
        ValueError: If the language and the diffusion model do not fit each other.
    """

    def __init__(
        self,
        loa_lm: ESPnetLOALMModel | OnDemand | None,
        ldm: ESPnetLatentDiffusionModel | OnDemand,
        vae: MelVAE | OnDemand,
        vocoder: Callable[[torch.Tensor], torch.Tensor] | OnDemand,
        encode: Callable[[Sequence[str]], dict[str, torch.Tensor]],
        preset: str | Behaviour = "ours",
        ranking: Ranking | None = None,
        audiomae: torch.nn.Module | OnDemand | None = None,
        facts: Facts | None = None,
    ):
        given = {"loa_lm": loa_lm, "ldm": ldm, "vae": vae, "vocoder": vocoder}
        super().__init__(given | {"audiomae": audiomae}, behaviour_of(preset), facts)
        self.encode = encode
        self.ranking = ranking

    @classmethod
    def from_pretrained(
        cls,
        model: str | Path,
        preset: str | Behaviour = "ours",
        device: str = "cpu",
        dtype: str = "float32",
        low_memory: bool = False,
    ) -> "Text2Audio":
        """Load a whole system.

        Args:
            model: A converted folder, a packed archive, or the tag of a model zoo.
            preset: ``ours`` or ``official``.
            device: Where the networks run.
            dtype: ``float32``, ``bfloat16``, ``float16`` or ``float64``.
            low_memory: Load each part when it is needed and release it thereafter.

        Returns:
            The system, ready to generate.
        """
        from espnet2.gen_audio.pipeline.pretrained import load_pretrained

        return load_pretrained(model, preset, device, dtype, low_memory)

    def __call__(
        self,
        captions: Mapping[str, str],
        options: SamplingOptions = SamplingOptions(),
        candidates: int | None = None,
        seconds: float | None = None,
        transcripts: Mapping[str, str] | None = None,
    ) -> dict[str, torch.Tensor]:
        """Make one sound a caption: the best, where several are made.

        Args:
            captions: Captions by id; the id and the seed decide the noise.
            options: How to sample.
            candidates: Sounds made of each; the preset's number if None.
            seconds: Length of each; the models' clip if None.
            transcripts: What a speech model says, by id.

        Returns:
            A waveform (T,) by id.
        """
        made = self.candidates(captions, options, candidates, seconds, transcripts)
        return {utt_id: sounds[0].wave for utt_id, sounds in made.items()}

    def candidates(
        self,
        captions: Mapping[str, str],
        options: SamplingOptions = SamplingOptions(),
        number: int | None = None,
        seconds: float | None = None,
        transcripts: Mapping[str, str] | None = None,
    ) -> dict[str, list[Candidate]]:
        """Make several sounds of each caption and rank them, each caption's alone.

        The first candidate is the sound that is made where only one is wanted.

        Args:
            captions: Captions by id.
            options: How to sample.
            number: Sounds of each; the preset's number if None.
            seconds: Length of each; the models' clip if None.
            transcripts: What a speech model says, by id.

        Returns:
            Candidates by id, the best first; one only where the preset keeps one.
        """
        said = transcripts or {}
        requests = [
            Request(i, c, seconds, transcript=said.get(i)) for i, c in captions.items()
        ]
        kept = 1 if self.behaviour.keep == "best" else None
        made = self.make(requests, options, number, batch_size=len(requests))
        return {request.utt_id: sounds[:kept] for request, sounds in made}

    def make(
        self,
        requests: Sequence[Request],
        options: SamplingOptions = SamplingOptions(),
        number: int | None = None,
        batch_size: int = 1,
    ) -> Iterator[tuple[Request, list[Candidate]]]:
        """Make what is asked for, of captions and of given sounds.

        Args:
            requests: Any mixture of tasks, lengths and seeds.
            options: How to sample.
            number: Sounds of each request; the preset's number if None.
            batch_size: Sounds sampled at once, as far as their lengths agree.

        Returns:
            Requests in their order, each with its sounds, the best first.

        Raises:
            ValueError: If a request cannot be met, or several sounds are wanted and
                there is no ranking.
        """
        number = self.behaviour.candidates if number is None else number
        if number > 1 and self.ranking is None:
            raise ValueError(
                f"{number} candidates need a ranking, which needs a CLAP model as "
                "sentence encoder; make one candidate, or load such a model"
            )
        return make(self, requests, options, number, batch_size)

    def conditions(
        self,
        captions: Sequence[str],
        utt_ids: Sequence[str] | None = None,
        seed: int = 0,
    ) -> dict[str, Any]:
        """Encode captions.

        Args:
            captions: B captions.
            utt_ids: Their ids, from which the official preset draws whose sentence
                vector is replaced; without them none is.
            seed: Of these draws.

        Returns:
            Streams and their lengths by name.
        """
        batch = self.encode(captions)
        chance = self.behaviour.clap_replaced
        if chance and utt_ids is not None and "sentence" in batch:
            empty = self.encode([""])["sentence"]
            for row, utt_id in enumerate(utt_ids):
                drawn = generator_of(seed, f"{utt_id}\nsentence")
                if torch.rand((), generator=drawn) < chance:
                    batch["sentence"][row] = empty[0]
        return batch

    @torch.no_grad()
    def predict_loa(
        self, batch: Mapping[str, Any], prefix: torch.Tensor | None = None
    ) -> torch.Tensor | None:
        """Roll the language model out on captions.

        Args:
            batch: Encoded captions.
            prefix: LOA to go on from, (B, K, D).

        Returns:
            LOA, (B, L, D), if there is such a model.
        """
        model = self.loa_lm
        if model is None:
            return None
        if prefix is not None:
            prefix = to_model(prefix, model)
        conditions = model.conditions_of(batch_to_model(batch, model))
        return model.generate(conditions, prefix)

    def conditions_of(self, batch: Mapping[str, Any]) -> Conditions:
        """Return the diffusion model's conditions, LOA predicted from captions."""
        return self.conditions_with(self.predict_loa(batch), batch)

    def conditions_with(
        self, loa: torch.Tensor | None, batch: Mapping[str, Any]
    ) -> Conditions:
        """Return the diffusion model's conditions of LOA and encoded captions.

        Args:
            loa: LOA, (B, L, D), or None for a system without.
            batch: Encoded captions.

        Returns:
            The conditions, B rows each.
        """
        ldm = self.ldm
        batch = batch_to_model(batch, ldm.unet)
        if loa is not None:
            loa = Condition.from_lengths(to_model(loa, ldm.unet))
        return ldm.conditions_of(batch, {} if loa is None else {"loa": loa})

    def null(self, rows: int, negative_prompt: str | None = None) -> Conditions:
        """Return what guidance leads away from.

        Args:
            rows: Number of clips B.
            negative_prompt: A caption; None for no condition.

        Returns:
            The null conditions, or those of the negative prompt, B rows each.

        Raises:
            ValueError: If the preset knows no negative prompts.
        """
        if negative_prompt is None:
            return self.ldm.null_conditions(rows)
        self.behaviour.refuse_negative()
        one = self.conditions_of(self.conditions([negative_prompt]))
        return repeat_rows(one, rows)

    def sample(
        self, utt_ids: Sequence[str], conditions: Conditions, options: SamplingOptions
    ) -> torch.Tensor:
        """Sample latents of one clip's length.

        Args:
            utt_ids: B ids; with the seed they decide the noise.
            conditions: Those of the clips, B rows each.
            options: How to sample.

        Returns:
            Latents as the VAE knows them, (B, C, T', F').
        """
        geometry = self.facts.geometry
        frames = frames_of(geometry.samples, geometry, self.facts.multiple)
        seeds = [options.seed] * len(utt_ids)
        null = self.null(len(utt_ids), options.negative_prompt)
        return sample(self, utt_ids, seeds, [conditions], null, options, frames)

    @torch.no_grad()
    def to_waveform(
        self, latent: torch.Tensor, frames: Frames | None = None
    ) -> torch.Tensor:
        """Decode latents to mels and these to waveforms.

        Args:
            latent: (B, C, T', F').
            frames: Windows of long ones.

        Returns:
            Waveforms, (B, T).
        """
        return to_waveform(self, latent, frames)
