"""Captions to waveforms, one line a model: condition -> LOA -> latent -> mel -> sound.

Shapes: B clips, L LOA tokens, D LOA features, C x T' x F' latent, T samples.
Source: AudioLDM 2, arXiv:2308.05734, figure 1.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from espnet2.gen_audio.conditioner.condition import Condition
from espnet2.gen_audio.diffusion.espnet_model import ESPnetLatentDiffusionModel
from espnet2.gen_audio.loa_lm.espnet_model import ESPnetLOALMModel
from espnet2.gen_audio.sampling.guidance import guided
from espnet2.gen_audio.sampling.noise import generators_of, initial_noise
from espnet2.gen_audio.sampling.sampler import sample_latents
from espnet2.gen_audio.sampling.schedulers import build_scheduler
from espnet2.gen_audio.vae.autoencoder import MelVAE


@dataclass(frozen=True)
class SamplingOptions:
    """How noise becomes a latent; the defaults are those of the published sampler.

    Attributes:
        scheduler: ``ddim``, ``dpm++`` or the name of a scheduler class of diffusers.
        steps: Solver steps.
        eta: Share of DDIM's noise, 0 to 1.
        guidance_scale: 1 samples without guidance.
        seed: The same seed and id give the same sound.
    """

    scheduler: str = "ddim"
    steps: int = 200
    eta: float = 1.0
    guidance_scale: float = 3.5
    seed: int = 0


class Text2Audio:
    """Make sounds of captions with trained parts.

    Args:
        loa_lm: Caption to LOA.
        ldm: LOA and caption to latent.
        vae: Latent to log-mel.
        vocoder: Log-mel (B, frames, n_mels) to waveform (B, T).
        encode: Captions to a batch of conditions, see ``CaptionEncoder``.

    Raises:
        ValueError: If the language and the diffusion model pool LOA differently.
    """

    def __init__(
        self,
        loa_lm: ESPnetLOALMModel,
        ldm: ESPnetLatentDiffusionModel,
        vae: MelVAE,
        vocoder: Callable[[torch.Tensor], torch.Tensor],
        encode: Callable[[Sequence[str]], dict[str, torch.Tensor]],
    ):
        if loa_lm.loa_factor != ldm.loa_factor:
            raise ValueError(
                f"the language model makes LOA of pooling factor {loa_lm.loa_factor}, "
                f"the diffusion model hears factor {ldm.loa_factor} in use; train both "
                "with one loa_factor"
            )
        self.loa_lm = loa_lm
        self.ldm = ldm
        self.vae = vae
        self.vocoder = vocoder
        self.encode = encode

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
    ) -> dict[str, torch.Tensor]:
        """Make one sound a caption.

        Args:
            captions: Captions by id; the id and the seed decide the noise.
            options: How to sample.

        Returns:
            A waveform (T,) by id.
        """
        batch = self.conditions(list(captions.values()))
        loa = self.predict_loa(batch)
        latent = self.sample(list(captions), loa, self.ldm.tokens_of(batch), options)
        waveform = self.to_waveform(latent)
        return dict(zip(captions, waveform))

    def conditions(self, captions: Sequence[str]) -> dict[str, Any]:
        """Encode captions, as a batch on the models' device."""
        batch = self.encode(captions)
        return {name: value.to(self.device) for name, value in batch.items()}

    @torch.no_grad()
    def predict_loa(self, batch: Mapping[str, Any]) -> torch.Tensor:
        """Roll the language model out on encoded captions, (B, L, D)."""
        return self.loa_lm.generate(self.loa_lm.conditions_of(batch))

    @torch.no_grad()
    def sample(
        self,
        utt_ids: Sequence[str],
        loa: torch.Tensor,
        tokens: Condition | None,
        options: SamplingOptions,
    ) -> torch.Tensor:
        """Sample latents.

        Args:
            utt_ids: B ids; with the seed they decide the noise.
            loa: LOA tokens, (B, L, D).
            tokens: Text states, or None for a model without text.
            options: How to sample.

        Returns:
            Latents as the VAE knows them, (B, C, T', F').
        """
        ldm, rows = self.ldm, len(utt_ids)
        denoise = guided(
            ldm.unet,
            Condition.from_lengths(loa),
            tokens,
            ldm.null_loa(rows),
            ldm.null_tokens_condition(rows),
            options.guidance_scale,
        )
        scheduler = build_scheduler(options.scheduler, ldm.schedule, ldm.objective)
        generators = generators_of(options.seed, utt_ids)
        noise = initial_noise(generators, ldm.geometry.latent_shape, self.device)
        latent = sample_latents(
            denoise, scheduler, noise, generators, options.steps, options.eta
        )
        return latent / ldm.latent_scale

    @torch.no_grad()
    def to_waveform(self, latent: torch.Tensor) -> torch.Tensor:
        """Decode latents (B, C, T', F') to mels and these to waveforms (B, T)."""
        return self.vocoder(self.vae.decode(latent))
