"""Whole sounds with both systems, from the caption to the waveform.

Both start with equal noise. The baseline gets the null conditions as inputs, because
otherwise it would generate LOA for the empty prompt, where our system uses zeros. The
baseline therefore does not run GPT-2 and FLAN-T5 on the empty prompt, which is to its
advantage.
"""

from dataclasses import replace

import torch

from espnet2.gen_audio.accel.allocator import cache_freed_blocks
from espnet2.gen_audio.bench.pair import Job, Pair
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.text2audio import Text2Audio
from espnet2.gen_audio.seeding import generators_of, normal_of


def whole(pair: Pair, steps: int) -> Job:
    """Generate sounds.

    Args:
        pair: Both systems.
        steps: Number of DDIM steps, with eta 0.

    Returns:
        The work; compared are the waveforms.
    """
    options = replace(SamplingOptions(), steps=steps, eta=0.0)
    ids = [f"clip{number}" for number in range(pair.batch)]
    ours, baseline = pair.ours, pair.baseline
    geometry, loa_factor = ours.specification.geometry, ours.specification.loa_factor
    noise = normal_of(generators_of(options.seed, ids), geometry.latent_shape)
    words = pair.prompt_lengths()["flan_t5"]
    null = ours.ldm.conditions.null(pair.batch)
    empty = null["tokens"].embedding.float().cpu()
    states = torch.zeros(pair.batch, words, empty.shape[2])
    states[:, : empty.shape[1]] = empty
    mask = (torch.arange(words) < empty.shape[1]).long().repeat(pair.batch, 1)
    tokens = geometry.loa_tokens(loa_factor)
    loa = torch.zeros(pair.batch, tokens, ours.ldm.unet.widths["loa"])

    def mine() -> torch.Tensor:
        """Generate the sounds with our system."""
        made = Text2Audio(ours)(dict(zip(ids, pair.prompts)), options, candidates=1)
        return torch.stack([made[utt_id] for utt_id in ids])

    def theirs() -> torch.Tensor:
        """Generate the sounds with the pipeline of diffusers."""
        cache_freed_blocks()  # without the setting of our system
        return baseline(
            pair.prompts,
            negative_prompt_embeds=pair.for_baseline(states),
            negative_attention_mask=mask.to(baseline.device),
            negative_generated_prompt_embeds=pair.for_baseline(loa),
            latents=pair.for_baseline(noise),
            max_new_tokens=tokens,
            num_inference_steps=steps,
            guidance_scale=options.guidance_scale,
            eta=0.0,
            audio_length_in_s=geometry.seconds,
            output_type="pt",
        ).audios

    return Job(f"whole, {steps} steps", mine, theirs)
