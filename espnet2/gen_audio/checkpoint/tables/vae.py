"""The mel autoencoder: official and older diffusers names to those of diffusers.

Source of the official layout: latent diffusion, arXiv:2112.10752. It numbers the levels
of the decoder from the full resolution on, diffusers in the order of computation. Its
attention layer consists of 1 x 1 convolutions, that of diffusers of linear layers.
"""

import re
from collections.abc import Callable, Mapping

import torch

from espnet2.gen_audio.checkpoint.tables.renaming import END, Rule, leave_out

OURS = "vae.net."
_BLOCK = r"(norm1|norm2|conv1|conv2)"
_ATTENTION = {"norm": "group_norm", "q": "to_q", "k": "to_k", "v": "to_v"}
_ATTENTION["proj_out"] = "to_out.0"
# names of these layers in diffusers before 0.13
_OLDER = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}


_SIDE = "(encoder|decoder)"
_DOWN = rf"{OURS}encoder.down_blocks.\1"


def _attention(match: re.Match) -> str:
    layer = _ATTENTION[match[2]]
    return f"{OURS}{match[1]}.mid_block.attentions.0.{layer}.{match[3]}"


def _middle(match: re.Match) -> str:
    block = int(match[2]) - 1
    return f"{OURS}{match[1]}.mid_block.resnets.{block}.{match[3]}.{match[4]}"


def as_linear(kernel: torch.Tensor) -> torch.Tensor:
    """Return a 1 x 1 convolution as the matrix of a linear layer.

    Args:
        kernel: (out, in, 1, 1), or (out, in), which is returned as it is.

    Returns:
        (out, in).
    """
    return kernel.flatten(1) if kernel.dim() == 4 else kernel


# all rules but those of the decoder's levels, whose numbers depend on their count
_FIXED = [
    Rule(rf"{_SIDE}\.(conv_in|conv_out){END}", rf"{OURS}\1.\2.\3"),
    Rule(rf"{_SIDE}\.norm_out{END}", rf"{OURS}\1.conv_norm_out.\2"),
    Rule(
        rf"encoder\.down\.(\d+)\.block\.(\d+)\.{_BLOCK}{END}",
        rf"{_DOWN}.resnets.\2.\3.\4",
    ),
    Rule(
        rf"encoder\.down\.(\d+)\.block\.(\d+)\.nin_shortcut{END}",
        rf"{_DOWN}.resnets.\2.conv_shortcut.\3",
    ),
    Rule(
        rf"encoder\.down\.(\d+)\.downsample\.conv{END}",
        rf"{_DOWN}.downsamplers.0.conv.\2",
    ),
    Rule(rf"{_SIDE}\.mid\.block_([12])\.{_BLOCK}{END}", _middle),
    Rule(rf"{_SIDE}\.mid\.attn_1\.(norm){END}", _attention),
    Rule(
        rf"{_SIDE}\.mid\.attn_1\.(q|k|v|proj_out)\.(weight)",
        _attention,
        change=as_linear,
    ),
    Rule(rf"{_SIDE}\.mid\.attn_1\.(q|k|v|proj_out)\.(bias)", _attention),
    Rule(rf"(quant_conv|post_quant_conv){END}", rf"{OURS}\1.\2"),
    leave_out(
        r"loss\..+",
        "discriminator and perceptual loss of the autoencoder's own training",
    ),
    leave_out(r"learned_logvar|logvar", "scalar of the training loss, never trained"),
]


def official_table(state: Mapping[str, torch.Tensor]) -> list[Rule]:
    """Return the rules of an official autoencoder, fitted to its number of levels.

    Args:
        state: Official names without ``first_stage_model.``; only names are read.

    Returns:
        Rules to names below ``vae.net.``.

    Raises:
        ValueError: If the state has no decoder level.
    """
    found = [re.match(r"decoder\.up\.(\d+)\.", name) for name in state]
    levels = max((int(match[1]) + 1 for match in found if match), default=0)
    if not levels:
        raise ValueError(
            f"the autoencoder has {len(state)} tensors and no decoder.up.<n>; give one "
            "in the layout of latent diffusion"
        )

    def up(rest: str) -> Callable[[re.Match], str]:
        """Return a function that names a tensor of a level, counted in reverse."""
        return lambda m: (
            f"{OURS}decoder.up_blocks.{levels - 1 - int(m[1])}." + m.expand(rest)
        )

    block = r"decoder\.up\.(\d+)\.block\.(\d+)\."
    return [
        *_FIXED,
        Rule(rf"{block}{_BLOCK}{END}", up(r"resnets.\2.\3.\4")),
        Rule(rf"{block}nin_shortcut{END}", up(r"resnets.\2.conv_shortcut.\3")),
        Rule(rf"decoder\.up\.(\d+)\.upsample\.conv{END}", up(r"upsamplers.0.conv.\2")),
    ]


def diffusers_table() -> list[Rule]:
    """Return the rules of diffusers' ``AutoencoderKL``, of any of its releases.

    Returns:
        Rules to names below ``vae.net.``.
    """

    def older(match: re.Match) -> str:
        """Name a tensor that has another name in older releases of diffusers."""
        return f"{OURS}{match[1]}.{_OLDER[match[2]]}.{match[3]}"

    place = r"((?:encoder|decoder)\.mid_block\.attentions\.0)"
    names = "|".join(_OLDER)
    return [
        Rule(rf"{place}\.({names})\.(weight)", older, change=as_linear),
        Rule(rf"{place}\.({names})\.(bias)", older),
        Rule(rf"(?!{place}\.(?:{names})\.)(.+)", rf"{OURS}\2"),
    ]
