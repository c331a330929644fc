"""Captions to waveforms, one line a model: condition -> LOA -> latent -> mel -> sound.

Shapes: B clips, L LOA tokens, D LOA features, C x T' x F' latent, T samples.
Source: AudioLDM 2, arXiv:2308.05734, figure 1.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from espnet2.gen_audio.conditioner.condition import Condition
from espnet2.gen_audio.diffusion.draws import generator_of
from espnet2.gen_audio.diffusion.espnet_model import ESPnetLatentDiffusionModel
from espnet2.gen_audio.loa_lm.espnet_model import ESPnetLOALMModel
from espnet2.gen_audio.pipeline.options import Heard, SamplingOptions, ids_of
from espnet2.gen_audio.pipeline.preset import Behaviour, behaviour_of
from espnet2.gen_audio.pipeline.ranking import Candidate, ranked
from espnet2.gen_audio.sampling.attention_cache import conditions_cached
from espnet2.gen_audio.sampling.guidance import guided
from espnet2.gen_audio.sampling.noise import generators_of, initial_noise
from espnet2.gen_audio.sampling.sampler import sample_latents
from espnet2.gen_audio.sampling.schedulers import build_scheduler
from espnet2.gen_audio.vae.autoencoder import MelVAE
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN

Ranking = Callable[[str, str, torch.Tensor, int], list[float]]


class Text2Audio:
    """Make sounds of captions with trained parts.

    Args:
        loa_lm: Caption to LOA; None for a diffusion model without LOA.
        ldm: LOA and caption to latent.
        vae: Latent to log-mel.
        vocoder: Log-mel (B, frames, n_mels) to waveform (B, T).
        encode: Captions to a batch of conditions, see ``CaptionEncoder``.
        preset: ``ours`` or ``official``, see ``pipeline.preset``.
        ranking: Scores of the candidates of a caption, see ``ClapRanking``; needed
            for more than one candidate.

    Raises:
        ValueError: If the language and the diffusion model do not fit each other.
    """

    def __init__(
        self,
        loa_lm: ESPnetLOALMModel | None,
        ldm: ESPnetLatentDiffusionModel,
        vae: MelVAE,
        vocoder: Callable[[torch.Tensor], torch.Tensor],
        encode: Callable[[Sequence[str]], dict[str, torch.Tensor]],
        preset: str | Behaviour = "ours",
        ranking: Ranking | None = None,
    ):
        self.behaviour = behaviour_of(preset)
        _refuse_pair(loa_lm, ldm)
        if loa_lm is not None:
            loa_lm.lm.sequence.padding = self.behaviour.padding
        self.loa_lm = loa_lm
        self.ldm = ldm
        self.vae = vae
        self.vocoder = vocoder
        self.encode = encode
        self.ranking = ranking

    @classmethod
    def from_pretrained(
        cls,
        model: str | Path,
        preset: str | Behaviour = "ours",
        device: str = "cpu",
    ) -> "Text2Audio":
        """Load a whole system.

        Args:
            model: A converted folder, a packed archive, or the tag of a model zoo.
            preset: ``ours`` or ``official``.
            device: Where the networks run.

        Returns:
            The system, ready to generate.
        """
        from espnet2.gen_audio.pipeline.pretrained import load_pretrained

        return load_pretrained(model, preset, device)

    @property
    def sample_rate(self) -> int:
        """Rate of the sound, in Hz."""
        return self.ldm.geometry.sample_rate

    @property
    def device(self) -> torch.device:
        """Where the diffusion model lies."""
        return next(self.ldm.parameters()).device

    @torch.no_grad()
    def __call__(
        self,
        captions: Mapping[str, str],
        options: SamplingOptions = SamplingOptions(),
        candidates: int | None = None,
    ) -> dict[str, torch.Tensor]:
        """Make one sound a caption: the best, where several are made.

        Args:
            captions: Captions by id; the id and the seed decide the noise.
            options: How to sample.
            candidates: Sounds made of each; the preset's number if None.

        Returns:
            A waveform (T,) by id.
        """
        made = self.candidates(captions, options, candidates)
        return {utt_id: sounds[0].wave for utt_id, sounds in made.items()}

    @torch.no_grad()
    def candidates(
        self,
        captions: Mapping[str, str],
        options: SamplingOptions = SamplingOptions(),
        number: int | None = None,
    ) -> dict[str, list[Candidate]]:
        """Make several sounds of each caption and rank them, each caption's alone.

        The first candidate is the sound that is made where only one is wanted.

        Args:
            captions: Captions by id.
            options: How to sample.
            number: Sounds of each; the preset's number if None.

        Returns:
            Candidates by id, the best first; one only where the preset keeps one.

        Raises:
            ValueError: If several are wanted and there is no ranking.
        """
        number = self.behaviour.candidates if number is None else number
        if number > 1 and self.ranking is None:
            raise ValueError(
                f"{number} candidates need a ranking, which needs a CLAP model as "
                "sentence encoder; make one candidate, or load such a model"
            )
        utt_ids = list(captions)
        batch = self.conditions(list(captions.values()), utt_ids, options.seed)
        heard = self.heard(batch)
        waves = [
            self.to_waveform(self.sample(ids_of(utt_ids, n), heard, options))
            for n in range(number)
        ]
        if number == 1:
            return {u: [Candidate(w)] for u, w in zip(utt_ids, waves[0])}
        made = {}
        for row, utt_id in enumerate(utt_ids):
            own = torch.stack([wave[row] for wave in waves])
            scores = self.ranking(utt_id, captions[utt_id], own, self.sample_rate)
            sounds = [Candidate(w, n, s) for n, (w, s) in enumerate(zip(own, scores))]
            made[utt_id] = ranked(sounds)[
                : 1 if self.behaviour.keep == "best" else None
            ]
        return made

    def conditions(
        self,
        captions: Sequence[str],
        utt_ids: Sequence[str] | None = None,
        seed: int = 0,
    ) -> dict[str, Any]:
        """Encode captions, as a batch on the models' device.

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
        return {name: value.to(self.device) for name, value in batch.items()}

    @torch.no_grad()
    def predict_loa(self, batch: Mapping[str, Any]) -> torch.Tensor | None:
        """Roll the language model out on captions, (B, L, D), if there is one."""
        if self.loa_lm is None:
            return None
        return self.loa_lm.generate(self.loa_lm.conditions_of(batch))

    def heard(self, batch: Mapping[str, Any]) -> Heard:
        """Return what the diffusion model hears of encoded captions."""
        loa = self.predict_loa(batch)
        return Heard(
            None if loa is None else Condition.from_lengths(loa),
            self.ldm.tokens_of(batch),
            self.ldm.sentence_of(batch),
        )

    def null(self, rows: int, negative_prompt: str | None = None) -> Heard:
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
            return Heard(
                self.ldm.null_loa(rows),
                self.ldm.null_tokens_condition(rows),
                self.ldm.null_sentence_condition(rows),
            )
        if self.behaviour.negative_loa == "refused":
            raise ValueError(
                "a negative prompt was given, but the preset 'official' knows none; "
                "use --preset ours"
            )
        one = self.heard(self.conditions([negative_prompt]))
        each = (one.loa, one.tokens, one.sentence)
        return Heard(*(None if c is None else c.repeat(rows) for c in each))

    @torch.no_grad()
    def sample(
        self, utt_ids: Sequence[str], heard: Heard, options: SamplingOptions
    ) -> torch.Tensor:
        """Sample latents.

        Args:
            utt_ids: B ids; with the seed they decide the noise.
            heard: Conditions, B rows each.
            options: How to sample.

        Returns:
            Latents as the VAE knows them, (B, C, T', F').
        """
        ldm = self.ldm
        null = self.null(len(utt_ids), options.negative_prompt)
        denoise = guided(
            ldm.unet,
            heard.loa,
            heard.tokens,
            null.loa,
            null.tokens,
            options.guidance_scale,
            heard.sentence,
            null.sentence,
        )
        scheduler = build_scheduler(options.scheduler, ldm.schedule, ldm.objective)
        generators = generators_of(options.seed, utt_ids)
        noise = initial_noise(generators, ldm.geometry.latent_shape, self.device)
        with conditions_cached(ldm.unet):
            latent = sample_latents(
                denoise, scheduler, noise, generators, options.steps, options.eta
            )
        return latent / ldm.latent_scale

    @torch.no_grad()
    def to_waveform(self, latent: torch.Tensor) -> torch.Tensor:
        """Decode latents (B, C, T', F') to mels and these to waveforms (B, T)."""
        mel = self.vae.decode(latent)
        if isinstance(self.vocoder, HiFiGAN):
            return self.vocoder(mel, trim=self.behaviour.trim)
        return self.vocoder(mel)


def _refuse_pair(
    loa_lm: ESPnetLOALMModel | None, ldm: ESPnetLatentDiffusionModel
) -> None:
    """Refuse a language model and a diffusion model that do not belong together."""
    hears_loa = ldm.conditions.loa_dim is not None
    if (loa_lm is not None) != hears_loa:
        raise ValueError(
            f"the diffusion model {'hears' if hears_loa else 'has no'} LOA, but "
            f"{'no' if loa_lm is None else 'a'} language model was given; give one "
            "exactly where the diffusion model hears LOA"
        )
    if loa_lm is not None and loa_lm.loa_factor != ldm.loa_factor:
        raise ValueError(
            f"the language model makes LOA of pooling factor {loa_lm.loa_factor}, "
            f"the diffusion model hears factor {ldm.loa_factor} in use; train both "
            "with one loa_factor"
        )
