"""Equal work for each part of our system and of diffusers' pipeline.

Shapes: B clips, L LOA tokens, D features, C x T' x F' latent.
The parts of the baseline are called as in its ``__call__``. Both systems get equal
inputs: the null LOA is zeros, the null text is the encoding of the empty prompt.
"""

from collections.abc import Callable

import torch

from espnet2.gen_audio.accel.allocator import cache_freed_blocks, return_freed_blocks
from espnet2.gen_audio.accel.cached_unet import CachedUNet
from espnet2.gen_audio.accel.predictors import predictor_factory
from espnet2.gen_audio.bench.pair import Job, Pair, Work
from espnet2.gen_audio.condition.condition import Condition, Conditions
from espnet2.gen_audio.pipeline.decode import decode as decode_latent
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.sampling.guidance import guided

UNET_STEPS = 5  # solver steps in one measurement
OPTIONS = SamplingOptions()


def text(pair: Pair) -> Job:
    """Encode the prompt; diffusers also encodes the empty prompt each time.

    Args:
        pair: Both systems.

    Returns:
        The work; the states of FLAN-T5 are compared.
    """

    def ours() -> torch.Tensor:
        """Encode the prompts with our encoders."""
        return pair.ours.encoder(pair.prompts)["tokens"]

    def encoded(words: list[str], padding: bool | str, longest: int) -> torch.Tensor:
        """Encode texts as in the pipeline: with CLAP, then with FLAN-T5."""
        pipe, cut = pair.baseline, {"truncation": True, "return_tensors": "pt"}
        most = pipe.tokenizer.model_max_length
        given = pipe.tokenizer(words, padding="max_length", max_length=most, **cut)
        pipe.text_encoder.get_text_features(**given.to(pipe.device))
        given = pipe.tokenizer_2(words, padding=padding, max_length=longest, **cut)
        return pipe.text_encoder_2(**given.to(pipe.device))[0]

    def baseline() -> torch.Tensor:
        """Encode the prompts, then as many empty ones."""
        longest = pair.baseline.tokenizer_2.model_max_length
        states = encoded(pair.prompts, True, longest)
        encoded([""] * pair.batch, "max_length", states.shape[1])
        return states

    return Job("text", ours, baseline)


def loa_generation(pair: Pair) -> Job:
    """Generate LOA with GPT-2 from one vector and the tokens of the prompt.

    Diffusers also caches keys and values, so both are timed completely. Its
    ``__call__`` generates LOA a second time, for the empty prompt.

    Args:
        pair: Both systems.

    Returns:
        The work; the LOA is compared.
    """
    model, pipe = pair.ours.loa_lm, pair.baseline
    batch = {
        name: pair.for_ours(values) if values.is_floating_point() else values
        for name, values in pair.ours.encoder(pair.prompts).items()
    }
    conditions = model.conditions_of(batch)
    sentence, tokens = (pair.for_baseline(batch[n]) for n in ("sentence", "tokens"))
    ones = torch.ones(tokens.shape[:2], dtype=torch.long, device=pipe.device)

    def ours() -> torch.Tensor:
        """Generate with our cached GPT-2."""
        return model.lm.generate(conditions, pair.tokens)

    def baseline() -> torch.Tensor:
        """Generate with the language model of diffusers."""
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

    return Job("loa_generation", ours, baseline)


def unet(pair: Pair, compiled: bool = False) -> Job:
    """Run solver steps with guidance: the network on the guidance batch, and DDIM.

    Args:
        pair: Both systems.
        compiled: Whether our U-Net is compiled; the baseline is never compiled.

    Returns:
        The work; the latents after the steps are compared.
    """
    noise, inputs = _latent(pair), _inputs(pair)
    ours = _our_steps(pair, noise, inputs, compiled)
    part = "unet, compiled" if compiled else "unet"
    return Job(part, ours, _baseline_steps(pair, noise, inputs), UNET_STEPS)


def binding(pair: Pair) -> Callable[[], object]:
    """Return the work of our system once per sound, before the first step.

    Args:
        pair: Both systems.

    Returns:
        Function that caches random conditions for the U-Net.
    """
    given, null = _conditions(pair, _inputs(pair))
    return lambda: CachedUNet(pair.ours.ldm.unet, given, null)


def _inputs(pair: Pair) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return random LOA and text states, and the states of the empty prompt."""
    widths, rows = pair.ours.ldm.unet.widths, pair.batch
    words = pair.prompt_lengths()["flan_t5"]
    loa = pair.random(rows, pair.tokens, widths["loa"])
    states = pair.random(rows, words, widths["tokens"])
    null = pair.ours.ldm.conditions.null(rows)
    return loa, states, null["tokens"].embedding.float().cpu()


def _conditions(
    pair: Pair, inputs: tuple[torch.Tensor, ...]
) -> tuple[Conditions, Conditions]:
    """Return the conditions of our U-Net in both halves of guidance."""
    loa, states, empty = (pair.for_ours(each) for each in inputs)
    loa, null = Condition.from_lengths(loa), Condition.from_lengths(loa * 0)
    states, empty = Condition.from_lengths(states), Condition.from_lengths(empty)
    return {"loa": loa, "tokens": states}, {"loa": null, "tokens": empty}


def _our_steps(
    pair: Pair, noise: torch.Tensor, inputs: tuple[torch.Tensor, ...], compiled: bool
) -> Work:
    """Return a function that runs steps with cached conditions, see ``binding``."""
    ldm = pair.ours.ldm
    given, null = _conditions(pair, inputs)
    num = ldm.process.num_steps
    make = predictor_factory(ldm.unet, compiled)
    denoise = guided(ldm.unet, given, null, OPTIONS.guidance, num, make_predictor=make)

    def steps() -> torch.Tensor:
        """Run the first steps with our U-Net."""
        scheduler = ldm.process.build_scheduler("ddim")
        scheduler.set_timesteps(OPTIONS.steps)
        latents = noise.to(pair.ours.device)
        for step in scheduler.timesteps[:UNET_STEPS]:
            predicted = denoise(latents, step.expand(len(noise)))
            latents = scheduler.step(predicted, step, latents).prev_sample
        return latents

    return steps


def _baseline_steps(
    pair: Pair, noise: torch.Tensor, inputs: tuple[torch.Tensor, ...]
) -> Work:
    """Return a function that runs steps as in diffusers, with text padded."""
    pipe, rows, (loa, states, empty) = pair.baseline, len(noise), inputs
    both_loa = pair.for_baseline(torch.cat([torch.zeros_like(loa), loa]))
    padded = torch.zeros_like(states)
    padded[:, : empty.shape[1]] = empty
    both_states = pair.for_baseline(torch.cat([padded, states]))
    mask = torch.ones(both_states.shape[:2], dtype=torch.long, device=pipe.device)
    mask[:rows, empty.shape[1] :] = 0

    def steps() -> torch.Tensor:
        """Run the first steps with the U-Net of diffusers."""
        pipe.scheduler.set_timesteps(OPTIONS.steps)
        latents = pair.for_baseline(noise)
        for step in pipe.scheduler.timesteps[:UNET_STEPS]:
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
            led = away + OPTIONS.guidance_scale * (towards - away)
            latents = pipe.scheduler.step(led, step, latents).prev_sample
        return latents

    return steps


def vae(pair: Pair) -> Job:
    """Decode latents to log-mels.

    Args:
        pair: Both systems.

    Returns:
        The work; the mels are compared.
    """
    latent, own = _latent(pair), pair.ours.vae
    mine, theirs = latent.to(own.last_weight), pair.for_baseline(latent)
    return Job(
        "vae",
        lambda: own.decode(mine),
        lambda: pair.baseline.vae.decode(theirs).sample.squeeze(1),
    )


def vocoder(pair: Pair) -> Job:
    """Convert log-mels to waveforms.

    Args:
        pair: Both systems.

    Returns:
        The work; the waveforms are compared.
    """
    geometry, own = pair.ours.specification.geometry, pair.ours.vocoder
    mel = pair.random(pair.batch, geometry.mel_frames, geometry.n_mels)
    mine, theirs = mel.to(next(own.parameters())), pair.for_baseline(mel)
    wave = pair.baseline.mel_spectrogram_to_waveform
    return Job(
        "vocoder",
        lambda: own(mine),
        lambda: wave(theirs)[:, : geometry.samples],
    )


def decode(pair: Pair) -> Job:
    """Decode latents to mels and mels to waveforms.

    Args:
        pair: Both systems.

    Returns:
        The work; the waveforms are compared.
    """
    latent = _latent(pair)
    samples = pair.ours.specification.geometry.samples

    def ours() -> torch.Tensor:
        """Decode with our VAE and vocoder."""
        return_freed_blocks()  # as in generation
        return decode_latent(pair.ours, latent)[:, :samples]

    def baseline() -> torch.Tensor:
        """Decode with the VAE and the vocoder of diffusers."""
        cache_freed_blocks()  # without the setting of our system
        mel = pair.baseline.vae.decode(pair.for_baseline(latent)).sample
        return pair.baseline.mel_spectrogram_to_waveform(mel)[:, :samples]

    return Job("decode", ours, baseline)


def _latent(pair: Pair) -> torch.Tensor:
    return pair.random(pair.batch, *pair.ours.specification.geometry.latent_shape)


JOBS: dict[str, tuple[Callable[[Pair], Job], ...]] = {
    "text": (text,),
    "loa_generation": (loa_generation,),
    "unet": (unet,),
    "decode": (vae, vocoder, decode),
}
