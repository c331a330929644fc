"""Random weights, stored as a folder for diffusers and as a system of ours."""

import json
import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from espnet2.gen_audio.bench.prompts import tokenizers
from espnet2.gen_audio.checkpoint.archive.folder import write_system
from espnet2.gen_audio.checkpoint.diffusers.read import read_diffusers
from espnet2.gen_audio.compat import pipeline_language_model
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.files.atomic_file import write_json

if TYPE_CHECKING:
    from diffusers import AudioLDM2Pipeline

FORMAT = 2  # version of the folders; folders of other versions are made again


@dataclass(frozen=True)
class Size:
    """Widths of every part.

    Attributes:
        geometry: Lengths of a clip.
        unet: Width of each level.
        vae: Width of each level.
        vocoder: Channels before the first stage.
        gpt2: Number of layers.
        loa: Features of an LOA token, also the width of GPT-2.
        clap: ``ClapConfig`` of text and sound, and the width of the common space.
        t5: ``T5Config``.
    """

    geometry: ClipGeometry
    unet: tuple[int, ...]
    vae: tuple[int, ...]
    vocoder: int
    gpt2: int
    loa: int
    clap: tuple[dict, dict, int]
    t5: dict


_T5 = {"feed_forward_proj": "gated-gelu"}
SIZES = {
    "full": Size(
        ClipGeometry(),
        (128, 256, 384, 640),
        (128, 256, 512),
        1024,
        12,
        768,
        (
            {"vocab_size": 50265, "max_position_embeddings": 514},
            {
                "patch_embeds_hidden_size": 128,
                "hidden_size": 1024,
                "depths": [2, 2, 12, 2],
            },
            512,
        ),
        {
            "vocab_size": 32128,
            "d_model": 1024,
            "d_kv": 64,
            "d_ff": 2816,
            "num_layers": 24,
            "num_heads": 16,
        }
        | _T5,
    ),
    "tiny": Size(
        ClipGeometry(seconds=0.64, n_mels=16, fbank_bins=32, latent_channels=4),
        (32, 64, 96),
        (32, 32, 64),
        64,
        2,
        64,
        (
            {
                "vocab_size": 400,
                "hidden_size": 16,
                "num_hidden_layers": 2,
                "num_attention_heads": 2,
                "intermediate_size": 24,
                "max_position_embeddings": 80,
            },
            {
                "patch_embeds_hidden_size": 8,
                "hidden_size": 32,
                "depths": [1, 1, 1],
                "num_attention_heads": [1, 2, 4],
                "num_hidden_layers": 3,
                "spec_size": 64,
                "num_mel_bins": 16,
                "window_size": 4,
            },
            16,
        ),
        {
            "vocab_size": 120,
            "d_model": 32,
            "d_kv": 8,
            "d_ff": 48,
            "num_layers": 2,
            "num_heads": 4,
        }
        | _T5,
    ),
}


def prepare(folder: Path, size: str, seed: int = 0) -> tuple[Path, Path]:
    """Make both folders, unless they are complete and of this size and seed.

    Args:
        folder: Folder for both; 9 GB at full size.
        size: A name in SIZES.
        seed: Seed of the weights.

    Returns:
        The folder for diffusers and ours.
    """
    place, recipe = folder / size, {"format": FORMAT, "size": size, "seed": seed}
    note = place / "bench.json"
    if not note.is_file() or json.loads(note.read_text(encoding="utf-8")) != recipe:
        logging.info("random weights of size %s go to %s", size, place)
        draft = folder / f".tmp-{os.getpid()}-{size}"
        try:
            torch.manual_seed(seed)
            nets = pipeline(SIZES[size], draft / "tokenizers")
            nets.save_pretrained(draft / "diffusers")
            del nets
            system = read_diffusers(draft / "diffusers", SIZES[size].geometry)
            write_system(system, draft / "ours")
            write_json(draft / note.name, recipe)
            shutil.rmtree(place, ignore_errors=True)
            draft.rename(place)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return place / "diffusers", place / "ours"


def pipeline(size: Size, folder: Path) -> "AudioLDM2Pipeline":
    """Build diffusers' pipeline with random weights.

    Args:
        size: Widths of every part.
        folder: Folder for the files of the tokenizers.

    Returns:
        The pipeline.
    """
    from diffusers import AudioLDM2Pipeline, DDIMScheduler

    scheduler = DDIMScheduler(
        beta_start=0.0015,
        beta_end=0.0195,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        timestep_spacing="leading",
    )
    longest = size.clap[0]["max_position_embeddings"] - 2
    parts = _nets(size) | _encoders(size) | tokenizers(folder, longest)
    with torch.no_grad():
        for name in ("unet", "vae", "vocoder", "language_model", "projection_model"):
            _randomise(parts[name].eval())
    return AudioLDM2Pipeline(**parts, scheduler=scheduler)


def _nets(size: Size) -> dict[str, torch.nn.Module]:
    """Build the generating networks."""
    return _unet_and_vae(size) | _vocoder_and_lm(size)


def _unet_and_vae(size: Size) -> dict[str, torch.nn.Module]:
    """Build the networks of latents."""
    from diffusers import AudioLDM2UNet2DConditionModel, AutoencoderKL

    geometry, levels = size.geometry, len(size.unet) - 1
    contexts = (None, size.loa, size.t5["d_model"])
    unet = AudioLDM2UNet2DConditionModel(
        sample_size=geometry.latent_frames,
        in_channels=geometry.latent_channels,
        out_channels=geometry.latent_channels,
        down_block_types=("DownBlock2D",) + ("CrossAttnDownBlock2D",) * levels,
        up_block_types=("CrossAttnUpBlock2D",) * levels + ("UpBlock2D",),
        block_out_channels=size.unet,
        cross_attention_dim=(contexts,) * (levels + 1),
        attention_head_dim=tuple(width // 32 for width in size.unet),
    )
    vae = AutoencoderKL(
        in_channels=1,
        out_channels=1,
        down_block_types=("DownEncoderBlock2D",) * len(size.vae),
        up_block_types=("UpDecoderBlock2D",) * len(size.vae),
        block_out_channels=size.vae,
        layers_per_block=2,
        latent_channels=geometry.latent_channels,
        scaling_factor=0.41,
        sample_size=geometry.n_mels,
    )
    return {"unet": unet, "vae": vae}


def _vocoder_and_lm(size: Size) -> dict[str, torch.nn.Module]:
    """Build the vocoder, GPT-2 and its projections."""
    import transformers
    from diffusers.pipelines.audioldm2 import AudioLDM2ProjectionModel

    geometry = size.geometry
    vocoder = transformers.SpeechT5HifiGan(
        transformers.SpeechT5HifiGanConfig(
            model_in_dim=geometry.n_mels,
            sampling_rate=geometry.sample_rate,
            upsample_initial_channel=size.vocoder,
            upsample_rates=[5, 4, 2, 2, 2],
            upsample_kernel_sizes=[16, 16, 8, 4, 4],
            normalize_before=False,
        )
    )
    gpt2 = getattr(transformers, pipeline_language_model())(
        transformers.GPT2Config(
            n_embd=size.loa,
            n_layer=size.gpt2,
            n_head=max(size.loa // 64, 1),
            max_new_tokens=geometry.loa_tokens(8),
        )
    )
    projection = AudioLDM2ProjectionModel(size.clap[2], size.t5["d_model"], size.loa)
    return {
        "vocoder": vocoder,
        "language_model": gpt2,
        "projection_model": projection,
    }


def _encoders(size: Size) -> dict[str, torch.nn.Module]:
    """Build the caption encoders."""
    from transformers import ClapConfig, ClapModel, T5Config, T5EncoderModel

    text, audio, width = size.clap
    config = ClapConfig(
        text_config=text | {"projection_dim": width},
        audio_config=audio | {"projection_dim": width},
        projection_dim=width,
    )
    return {
        "text_encoder": ClapModel(config).eval(),
        "text_encoder_2": T5EncoderModel(T5Config(**size.t5)).eval(),
    }


def _randomise(module: torch.nn.Module) -> None:
    """Draw random weights for which no branch is zero or overflows."""
    for name, weight in module.named_parameters():
        if weight.dim() == 1:
            near = 1.0 if "norm" in name and name.endswith("weight") else 0.0
            torch.nn.init.normal_(weight, near, 0.02)
        else:
            inputs = weight[0].numel() if "upsampler" not in name else weight.shape[0]
            torch.nn.init.normal_(weight, 0.0, max(inputs, 1) ** -0.5)
