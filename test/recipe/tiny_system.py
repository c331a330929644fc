"""A converted system of tiny untrained networks and tiny encoders, for recipe tests."""

import io
import json
from pathlib import Path

import yaml

from espnet2.gen_audio.audiomae.build import build_audiomae
from espnet2.gen_audio.checkpoint.archive.system import Encoder, Part, System
from espnet2.gen_audio.diffusion.build import build_ldm
from espnet2.gen_audio.loa_lm.build import build_loa_lm
from espnet2.gen_audio.vae.build import build_vae
from espnet2.gen_audio.vocoder.build import build_vocoder

RECIPE = Path(__file__).parents[2] / "egs2" / "audioldm2"
NETS = ("audiomae", "vae", "vocoder", "loa_lm", "ldm")
GEOMETRY = yaml.safe_load((RECIPE / "conf/mini/geometry.yaml").read_text())
WIDTH = 16  # width of the encoders
CONFIGS = {
    "audiomae": {
        "encoder_conf": {"width": 32, "layers": 3, "heads": 2},
        "absent_weights": ["mae.decoder"],
    },
    "vae": {
        "vae_conf": {
            "block_out_channels": [8, 8, 8, 8],
            "layers_per_block": 1,
            "norm_num_groups": 4,
        },
        "absent_weights": ["discriminator", "generator_steps"],
    },
    "vocoder": {
        "vocoder_conf": {
            "upsample_initial_channel": 32,
            "resblock_kernel_sizes": [3],
            "resblock_dilation_sizes": [[1]],
            "initializer_range": None,
            "weight_norm": False,
        },
        "absent_weights": ["discriminator", "generator_steps"],
    },
    "loa_lm": {
        "lm_conf": {
            "width": 32,
            "layers": 1,
            "heads": 2,
            "vocab_size": 1,
            "condition_dims": {"sentence": WIDTH, "tokens": WIDTH},
        },
        "model_conf": {"loa_factor": 4},
    },
    "ldm": {
        "unet_conf": {
            "channels": [32],
            "layers_per_block": 1,
            "loa_dim": 32,
            "tokens_dim": WIDTH,
            "zero_start": False,
        },
        "conditions_conf": {"loa_factor": 4},
        "model_conf": {"objective": "eps", "ema_decay": 0.9999},
        "latent_scale": 0.4321,
        "null_tokens": None,
        "absent_weights": ["ema"],
    },
}
BUILD = dict(
    zip(NETS, (build_audiomae, build_vae, build_vocoder, build_loa_lm, build_ldm))
)
CAPTIONS = ("a low hum", "rain falls", "a dog barks", "wind", "a bell", "low rain")


def part(name):
    """Return an untrained part in the form of a converted part."""
    config = {"part": name, "geometry_conf": GEOMETRY, **CONFIGS[name]}
    # small discriminators, which are built as well; published ones are large
    small = {
        "vocoder": {"discriminator_conf": TINY_DISCRIMINATOR},
        "vae": {"discriminator_conf": {"width": 8}},
        "audiomae": {"decoder_conf": {"width": 16, "layers": 1, "heads": 2}},
    }
    config |= small.get(name, {})
    absent = tuple(f"{prefix}." for prefix in config.get("absent_weights", []))
    state = {
        key: weight
        for key, weight in BUILD[name](config).state_dict().items()
        if not f"{key}.".startswith(absent or "-")
    }
    provenance = {"source": "tiny.pth", "licence": "CC BY 4.0", "notes": []}
    return Part(name, config, state, provenance)


TINY_DISCRIMINATOR = {
    "scales": 1,
    "follow_official_norm": False,
    "scale_discriminator_params": {
        "channels": 16,
        "max_downsample_channels": 16,
        "downsample_scales": [4],
    },
    "periods": [2],
    "period_discriminator_params": {
        "channels": 4,
        "max_downsample_channels": 4,
        "downsample_scales": [3],
    },
}


def encoder(name, folder):
    """Return a tiny T5 with a tokenizer that knows the captions."""
    from sentencepiece import SentencePieceTrainer
    from transformers import T5Config, T5EncoderModel

    model = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(CAPTIONS),
        model_writer=model,
        vocab_size=40,
        hard_vocab_limit=False,
        num_threads=1,
        minloglevel=2,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
    )
    config = T5Config(
        vocab_size=150, d_model=WIDTH, d_kv=8, d_ff=16, num_layers=1, num_heads=2
    )
    net = T5EncoderModel(config)
    net.save_pretrained(folder)
    content = json.loads((folder / "config.json").read_text())
    state = {k: v.clone() for k, v in net.state_dict().items()}
    files = {"spiece.model": model.getvalue()}
    told = {"source": "tiny.pth", "licence": "Apache-2.0", "notes": []}
    return Encoder(name, content, state, files, told)


def tiny_system(scratch):
    """Return the whole system; ``scratch`` is an empty folder."""
    names = ("sentence_encoder", "tokens_encoder")
    return System(
        "custom",
        {name: part(name) for name in NETS},
        {name: encoder(name, scratch / name) for name in names},
    )
