"""The same work in ours and in diffusers' pipeline, part by part.

Shapes: B clips, L LOA tokens, D features, C x T' x F' latent.
The peer is called as its own ``__call__`` calls its parts. Both get the same numbers:
the null LOA is zeros, the null text that of the empty prompt.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from espnet2.gen_audio.bench.models import PROMPT
from espnet2.gen_audio.conditioner.condition import Condition
from espnet2.gen_audio.pipeline.options import Heard, SamplingOptions, number_type
from espnet2.gen_audio.pipeline.text2audio import Text2Audio
from espnet2.gen_audio.sampling.guidance import guided
from espnet2.gen_audio.sampling.schedulers import build_scheduler

Work = Callable[[], torch.Tensor]
SCALE = SamplingOptions().guidance_scale


@dataclass
class Pair:
    """Both arms, open.

    Attributes:
        ours: Our system.
        peer: diffusers' pipeline.
        batch: Clips at once.
        tokens: LOA tokens that the U-Net hears and GPT-2 makes.
        generator: Of the numbers that are fed.
    """

    ours: Text2Audio
    peer: Any
    batch: int
    tokens: int
    generator: torch.Generator

    def random(self, *shape: int) -> torch.Tensor:
        """Return standard normal numbers."""
        return torch.randn(*shape, generator=self.generator)

    def for_peer(self, values: torch.Tensor) -> torch.Tensor:
        """Bring numbers to the peer's precision and device."""
        weight = next(self.peer.unet.parameters())
        return values.to(weight.device, weight.dtype)

    def for_ours(self, values: torch.Tensor) -> torch.Tensor:
        """Bring numbers to our precision and device."""
        return values.to(self.ours.device, self.ours.dtype)


def open_pair(
    folders: tuple[Path, Path],
    batch: int,
    tokens: int,
    dtype: str,
    peer_dtype: str,
    device: str,
) -> Pair:
    """Open both.

    Args:
        folders: Of diffusers and ours.
        batch: Clips at once.
        tokens: LOA tokens.
        dtype: Our precision.
        peer_dtype: The peer's.
        device: Where both run.

    Returns:
        The pair.
    """
    peer = open_peer(folders[0], peer_dtype, device)
    ours = Text2Audio.from_pretrained(folders[1], device=device, dtype=dtype)
    return Pair(ours, peer, batch, tokens, torch.Generator().manual_seed(0))


def open_peer(folder: Path, dtype: str, device: str) -> Any:
    """Open diffusers' pipeline.

    Args:
        folder: Its folder; names the language model's class that the installed
            pipeline needs.
        dtype: Its precision.
        device: Where it runs.

    Returns:
        The pipeline, without progress bar.
    """
    from diffusers import AudioLDM2Pipeline

    pipe = AudioLDM2Pipeline.from_pretrained(folder, torch_dtype=number_type(dtype))
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(device)


def text(pair: Pair) -> tuple[Work, Work]:
    """Encode the prompt; diffusers encodes the empty one beside it every time.

    Args:
        pair: Both arms.

    Returns:
        Ours and the peer's work.
    """
    prompts = [PROMPT] * pair.batch

    def ours() -> torch.Tensor:
        batch = pair.ours.conditions(prompts)
        return batch["tokens"].float()

    def peer() -> torch.Tensor:
        pipe = pair.peer
        for words in ([""] * pair.batch, prompts):
            given = pipe.tokenizer(words, padding=True, return_tensors="pt")
            pipe.text_encoder.get_text_features(**given.to(pipe.device))
            given = pipe.tokenizer_2(words, padding=True, return_tensors="pt")
            states = pipe.text_encoder_2(**given.to(pipe.device))[0]
        return states.float()

    return ours, peer


def loa_rollout(pair: Pair) -> tuple[Work, Work]:
    """Roll GPT-2 out on one vector and the tokens of the prompt.

    Args:
        pair: Both arms.

    Returns:
        Ours and the peer's work.
    """
    model, pipe = pair.ours.loa_lm, pair.peer
    encoded = pair.ours.conditions([PROMPT] * pair.batch)
    batch = {
        name: pair.for_ours(values) if values.is_floating_point() else values
        for name, values in encoded.items()
    }
    conditions = model.conditions_of(batch)
    sentence, tokens = (pair.for_peer(batch[n]) for n in ("sentence", "tokens"))

    def ours() -> torch.Tensor:
        return model.lm.generate(conditions, pair.tokens)

    def peer() -> torch.Tensor:
        ones = torch.ones(tokens.shape[:2], dtype=torch.long, device=pipe.device)
        projected = pipe.projection_model(
            hidden_states=sentence,
            hidden_states_1=tokens,
            attention_mask=ones[:, :1],
            attention_mask_1=ones,
        )
        return pipe.generate_language_model(
            projected.hidden_states,
            attention_mask=projected.attention_mask,
            max_new_tokens=pair.tokens,
        )

    return ours, peer


def unet_steps(pair: Pair, steps: int = 5) -> tuple[Work, Work]:
    """Run solver steps with guidance: the network on both halves, and DDIM.

    Args:
        pair: Both arms.
        steps: How many.

    Returns:
        Ours and the peer's work.
    """
    ldm, pipe, rows = pair.ours.ldm, pair.peer, pair.batch
    noise = pair.random(rows, *ldm.geometry.latent_shape)
    words = pair.ours.conditions([PROMPT])["tokens"].shape[1]
    loa = pair.random(rows, pair.tokens, ldm.conditions.loa_dim)
    states = pair.random(rows, words, ldm.conditions.tokens_dim)
    empty = ldm.conditions.null_states.float().cpu()[None].expand(rows, -1, -1)
    heard = Heard(*(Condition.from_lengths(pair.for_ours(x)) for x in (loa, states)))
    zeros = torch.zeros_like(loa)
    null = Heard(*(Condition.from_lengths(pair.for_ours(x)) for x in (zeros, empty)))
    guidance = SamplingOptions().guidance
    num = ldm.schedule.num_steps

    def ours() -> torch.Tensor:
        denoise = guided(ldm.unet, heard.streams, null.streams, guidance, num)
        scheduler = build_scheduler("ddim", ldm.schedule, ldm.objective)
        scheduler.set_timesteps(200)
        latents = noise.to(pair.ours.device)
        for step in scheduler.timesteps[:steps]:
            predicted = denoise(latents, step.expand(rows))
            latents = scheduler.step(predicted, step, latents).prev_sample
        return latents

    both_loa = pair.for_peer(torch.cat([zeros, loa]))
    padded = torch.zeros_like(states)
    padded[:, : empty.shape[1]] = empty
    both_states = pair.for_peer(torch.cat([padded, states]))
    mask = torch.ones(2 * rows, words, dtype=torch.long, device=pipe.device)
    mask[:rows, empty.shape[1] :] = 0

    def peer() -> torch.Tensor:
        pipe.scheduler.set_timesteps(200)
        latents = pair.for_peer(noise)
        for step in pipe.scheduler.timesteps[:steps]:
            twice = pipe.scheduler.scale_model_input(torch.cat([latents] * 2), step)
            predicted = pipe.unet(
                twice,
                step,
                encoder_hidden_states=both_loa,
                encoder_hidden_states_1=both_states,
                encoder_attention_mask_1=mask,
                return_dict=False,
            )[0]
            away, towards = predicted.chunk(2)
            led = away + SCALE * (towards - away)
            latents = pipe.scheduler.step(led, step, latents).prev_sample
        return latents

    return ours, peer


def decode(pair: Pair) -> tuple[Work, Work]:
    """Decode latents to mels and these to waveforms.

    Args:
        pair: Both arms.

    Returns:
        Ours and the peer's work.
    """
    latent = pair.random(pair.batch, *pair.ours.facts.geometry.latent_shape)
    samples = pair.ours.facts.geometry.samples

    def ours() -> torch.Tensor:
        return pair.ours.to_waveform(latent)[:, :samples]

    def peer() -> torch.Tensor:
        mel = pair.peer.vae.decode(pair.for_peer(latent)).sample
        wave = pair.peer.mel_spectrogram_to_waveform(mel)
        return wave[:, :samples].float()

    return ours, peer


PARTS = {
    "text": text,
    "loa_rollout": loa_rollout,
    "unet": unet_steps,
    "decode": decode,
}
