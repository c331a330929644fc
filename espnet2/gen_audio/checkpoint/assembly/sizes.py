"""Read the sizes of a network from its tensors, as arguments of its config.

Names are ours, so that official files and diffusers folders are handled in the same
way. Sizes that tensors do not determine are those of the published models: 32 features
per head in the U-Net, 64 in GPT-2 and AudioMAE, group norms of 32 groups, and the rates
of the vocoder.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from espnet2.gen_audio.feats.clip import ClipGeometry

State = Mapping[str, torch.Tensor]
UNET_HEAD = 32
TRANSFORMER_HEAD = 64

PUBLISHED_48K = {
    "sample_rate": 48000,
    "hop": 480,
    "n_fft": 2048,
    "n_mels": 256,
    "mel_low": 20.0,
    "mel_high": 24000.0,
    "downsample": 8,
    "latent_channels": 16,
}
# upsampling rates by kernel sizes: no shape of a tensor contains the rate
RATES = {
    (16, 16, 8, 4, 4): (5, 4, 2, 2, 2),
    (12, 10, 8, 4, 4): (6, 5, 4, 2, 2),
}


def geometry_for(latent_channels: int | None, n_mels: int | None) -> ClipGeometry:
    """Return the published geometry that fits a checkpoint.

    Args:
        latent_channels: Channels of VAE or U-Net, if known.
        n_mels: Mel bands of the vocoder, if known.

    Returns:
        The geometry of 16 kHz (8 channels, 64 bands) or 48 kHz (16 channels, 256
        bands).

    Raises:
        ValueError: If neither fits.
    """
    for geometry in (ClipGeometry(), ClipGeometry(**PUBLISHED_48K)):
        if latent_channels in (None, geometry.latent_channels) and n_mels in (
            None,
            geometry.n_mels,
        ):
            return geometry
    raise ValueError(
        f"{latent_channels} latent channels and {n_mels} mel bands belong to no "
        "published model (8 and 64, or 16 and 256); give --geometry FILE, a YAML like "
        "conf/geometry.yaml"
    )


def unet_conf(state: State, with_loa: bool) -> dict[str, Any]:
    """Return ``unet_conf`` of a U-Net.

    Args:
        state: Names below ``unet.net.``.
        with_loa: Whether the first condition it attends to is LOA; otherwise text.

    Returns:
        Arguments of ``ConditionalUNet``.

    Raises:
        ValueError: If the order of its transformers differs from the published one.
    """
    net = "unet.net."
    levels = range(_count(state, f"{net}down_blocks."))
    resnets = [f"{net}down_blocks.{level}.resnets." for level in levels]
    contexts = _contexts(state, net)
    loa_dim, tokens_dim = _attended_widths(contexts, with_loa)
    conf = {
        "latent_channels": state[f"{net}conv_in.weight"].shape[1],
        "channels": [state[f"{r}0.conv1.weight"].shape[0] for r in resnets],
        "layers_per_block": _count(state, resnets[0]),
        "attention": [
            f"{net}down_blocks.{level}.attentions.0.norm.weight" in state
            for level in levels
        ],
        "loa_dim": loa_dim,
        "tokens_dim": tokens_dim,
        "extra_self_attention": contexts[-1] is None,
        "transformer_depth": _count(
            state, f"{net}mid_block.attentions.0.transformer_blocks."
        ),
        "head_dim": UNET_HEAD,
    }
    film = state.get(f"{net}class_embedding.weight")
    return conf if film is None else conf | {"film_dim": film.shape[1]}


def _attended_widths(
    contexts: Sequence[int | None], with_loa: bool
) -> tuple[int | None, int | None]:
    """Return the widths of LOA and text; refuse transformers in another order."""
    dims = [dim for dim in contexts if dim is not None]
    published = [None, *dims, *([None] if contexts[-1] is None else [])]
    if len(contexts) < 2 or list(contexts) != published or len(dims) > 2:
        raise ValueError(
            f"the U-Net's transformers attend to widths {contexts} (None: to itself); "
            "published are None, LOA, text, and at most one more None"
        )
    if dims and not with_loa:
        return None, dims[0]
    loa_dim, tokens_dim = (dims + [None, None])[:2]
    return loa_dim, tokens_dim


def _contexts(state: State, net: str) -> list[int | None]:
    """Return the width that each transformer attends to; None: self-attention."""
    several = _count(state, f"{net}mid_block.attentions.")
    pattern = re.compile(
        rf"{re.escape(net)}(?:(down)_blocks\.\d+|mid_block)\.attentions\.(\d+)"
        r"\.transformer_blocks\.0\.attn2\.to_([qk])\.weight"
    )
    widths: dict[int, set[tuple[int, int]]] = {}
    found = [(name, pattern.fullmatch(name)) for name in state]
    for name, match in found:
        if match and match[3] == "k":
            place = int(match[2]) % several
            own = state[name.replace(".to_k.", ".to_q.")].shape[1]
            widths.setdefault(place, set()).add((state[name].shape[1], own))
    contexts: list[int | None] = []
    for place in range(several):
        # cross-attention may have the width of one level, but not of all levels
        to_itself = all(attended == own for attended, own in widths[place])
        contexts.append(None if to_itself else next(iter(widths[place]))[0])
    return contexts


def vae_conf(state: State) -> dict[str, Any]:
    """Return ``vae_conf`` of an autoencoder.

    Args:
        state: Names below ``vae.net.``.

    Returns:
        Arguments of ``MelVAE``.
    """
    net = "vae.net.encoder.down_blocks."
    levels = range(_count(state, net))
    return {
        "block_out_channels": [
            state[f"{net}{level}.resnets.0.conv1.weight"].shape[0] for level in levels
        ],
        "layers_per_block": _count(state, f"{net}0.resnets."),
        "norm_num_groups": 32,
    }


def vocoder_conf(state: State, rates: Sequence[int] | None = None) -> dict[str, Any]:
    """Return ``vocoder_conf`` of a folded HiFi-GAN generator.

    Args:
        state: Names below ``vocoder.net.``.
        rates: Upsampling rates, if a config states them.

    Returns:
        Arguments of ``HiFiGAN``. At 48 kHz the padding is that of the authors'
        training, which gives exactly one hop per frame; ``--behaviour official`` pads
        as the authors' inference code does.

    Raises:
        ValueError: If its kernels are none of the published ones and no rates are
            given.
    """
    net = "vocoder.net."
    stages = range(_count(state, f"{net}upsampler."))
    kernels = tuple(state[f"{net}upsampler.{n}.weight"].shape[2] for n in stages)
    if rates is None and kernels not in RATES:
        raise ValueError(
            f"the vocoder's upsampling kernels {list(kernels)} are not published, so "
            f"its rates are unknown; published are {[list(k) for k in RATES]}"
        )
    blocks = range(_count(state, f"{net}resblocks.") // len(stages))
    sizes = [state[f"{net}resblocks.{n}.convs1.0.weight"].shape[2] for n in blocks]
    return {
        "upsample_rates": list(rates or RATES[kernels]),
        "upsample_kernel_sizes": list(kernels),
        "upsample_initial_channel": state[f"{net}conv_pre.weight"].shape[0],
        "resblock_kernel_sizes": sizes,
        "resblock_dilation_sizes": [[1, 3, 5] for _ in sizes],
        "weight_norm": False,
        "odd_padding": "floor" if kernels[0] == 16 else "ceil",
    }


def lm_conf(state: State) -> dict[str, Any]:
    """Return ``lm_conf`` of a language model.

    Args:
        state: Names below ``lm.``.

    Returns:
        Arguments of ``LOALanguageModel``.
    """
    vocabulary, width = state["lm.gpt2.wte.weight"].shape
    projection = re.compile(r"lm\.sequence\.projections\.(\w+)\.weight")
    found = [(projection.fullmatch(name), state[name]) for name in state]
    dims = {match[1]: tensor.shape[1] for match, tensor in found if match}
    return {
        "width": width,
        "layers": _count(state, "lm.gpt2.h."),
        "heads": max(width // TRANSFORMER_HEAD, 1),
        "max_positions": state["lm.gpt2.wpe.weight"].shape[0],
        "vocab_size": vocabulary,
        "condition_dims": {name: dims[name] for name in ("sentence", "tokens")},
    }


def encoder_conf(state: State) -> dict[str, Any]:
    """Return ``encoder_conf`` of an AudioMAE.

    Args:
        state: Names below ``mae.encoder.``.

    Returns:
        Arguments of ``AudioMAEEncoder``.
    """
    net = "mae.encoder."
    width = state[f"{net}norm.weight"].shape[0]
    layers = _count(state, f"{net}blocks.")
    return {
        "width": width,
        "layers": layers,
        "heads": max(width // TRANSFORMER_HEAD, 1),
        "mlp_ratio": state[f"{net}blocks.0.mlp.fc1.weight"].shape[0] / width,
        "feature_layers": min(3, layers),
    }


def phoneme_conf(state: State) -> dict[str, Any]:
    """Return ``text_encoder_conf`` of a phoneme encoder.

    Args:
        state: Names below ``text_encoder.``.

    Returns:
        Arguments of ``PhonemeEncoder``.
    """
    net = "text_encoder.net."
    first = f"{net}encoder.layers.0."
    vocabulary, width = state[f"{net}embed_tokens.weight"].shape
    relative = state[f"{first}attention.emb_rel_k"]
    inner = state[f"{first}feed_forward.conv_1.weight"]
    return {
        "vocabulary": vocabulary,
        "width": width,
        "layers": _count(state, f"{net}encoder.layers."),
        "heads": width // relative.shape[2],
        "window": relative.shape[1] // 2,
        "inner": inner.shape[0],
        "kernel": inner.shape[2],
        "flow_width": state[f"{net}project.weight"].shape[0] // 2,
        "max_positions": state["text_encoder.positions"].shape[2],
    }


def _count(state: State, prefix: str) -> int:
    """Return the number of numbered modules below a prefix."""
    rests = [name.removeprefix(prefix) for name in state if name.startswith(prefix)]
    numbers = [rest.partition(".")[0] for rest in rests]
    return 1 + max((int(number) for number in numbers if number.isdigit()), default=-1)
