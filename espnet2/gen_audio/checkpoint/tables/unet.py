"""The U-Net: official names to those of diffusers' layers inside ours.

The official network is a flat list of blocks; an attention position holds a residual
block and K transformers, K = 2 (speech, T5 only, FiLM), 3 (full) or 4 (large). Ours is
sorted by level. Source of the layout: latent diffusion, arXiv:2112.10752, and the
published checkpoints.
"""

import re
from collections.abc import Mapping

import torch

from espnet2.gen_audio.checkpoint.tables.renaming import END, Rule

OURS = "unet.net."
_RESIDUAL = {
    "in_layers.0": "norm1",
    "in_layers.2": "conv1",
    "emb_layers.1": "time_emb_proj",
    "out_layers.0": "norm2",
    "out_layers.3": "conv2",
    "skip_connection": "conv_shortcut",
}
_RES = "(" + "|".join(map(re.escape, _RESIDUAL)) + ")"
_INSIDE = r"((?:norm|proj_in|proj_out|transformer_blocks)\..+)"


def unet_table(state: Mapping[str, torch.Tensor]) -> list[Rule]:
    """Return the rules of a U-Net, fitted to its number of blocks and transformers.

    Args:
        state: Official names without ``model.diffusion_model.``; only names are read.

    Returns:
        Rules to names below ``unet.net.``.

    Raises:
        ValueError: If the state has no middle block or no level below the first.
    """
    rows, several = blocks_a_level(state), transformers_a_position(state)

    def down(match: re.Match) -> str:
        """Name a layer of a residual block of the downward path."""
        level, row = divmod(int(match[1]) - 1, rows + 1)
        return f"{OURS}down_blocks.{level}.resnets.{row}.{_leaf(match)}"

    def down_attention(match: re.Match) -> str:
        """Name a tensor of a transformer of the downward path."""
        level, row = divmod(int(match[1]) - 1, rows + 1)
        place = row * several + int(match[2]) - 1
        return f"{OURS}down_blocks.{level}.attentions.{place}.{match[3]}"

    def downsample(match: re.Match) -> str:
        """Name a tensor of the convolution that ends a level."""
        level = int(match[1]) // (rows + 1) - 1
        return f"{OURS}down_blocks.{level}.downsamplers.0.conv.{match[2]}"

    def middle(match: re.Match) -> str:
        """Name a layer of a residual block between the paths."""
        return f"{OURS}mid_block.resnets.{min(int(match[1]), 1)}.{_leaf(match)}"

    def middle_attention(match: re.Match) -> str:
        """Name a tensor of a transformer between the paths."""
        return f"{OURS}mid_block.attentions.{int(match[1]) - 1}.{match[2]}"

    def up(match: re.Match) -> str:
        """Name a layer of a residual block of the upward path."""
        level, row = divmod(int(match[1]), rows + 1)
        return f"{OURS}up_blocks.{level}.resnets.{row}.{_leaf(match)}"

    def up_attention(match: re.Match) -> str:
        """Name a tensor of a transformer of the upward path."""
        level, row = divmod(int(match[1]), rows + 1)
        place = row * several + int(match[2]) - 1
        return f"{OURS}up_blocks.{level}.attentions.{place}.{match[3]}"

    def upsample(match: re.Match) -> str:
        """Name a tensor of the convolution that begins a level."""
        level = int(match[1]) // (rows + 1)
        return f"{OURS}up_blocks.{level}.upsamplers.0.conv.{match[2]}"

    return [
        Rule(rf"time_embed\.0{END}", rf"{OURS}time_embedding.linear_1.\1"),
        Rule(rf"time_embed\.2{END}", rf"{OURS}time_embedding.linear_2.\1"),
        Rule(rf"film_emb{END}", rf"{OURS}class_embedding.\1"),
        Rule(rf"input_blocks\.0\.0{END}", rf"{OURS}conv_in.\1"),
        Rule(rf"input_blocks\.(\d+)\.0\.{_RES}{END}", down),
        Rule(rf"input_blocks\.(\d+)\.([1-9]\d*)\.{_INSIDE}", down_attention),
        Rule(rf"input_blocks\.(\d+)\.0\.op{END}", downsample),
        Rule(rf"middle_block\.(\d+)\.{_RES}{END}", middle),
        Rule(rf"middle_block\.([1-9]\d*)\.{_INSIDE}", middle_attention),
        Rule(rf"output_blocks\.(\d+)\.0\.{_RES}{END}", up),
        Rule(rf"output_blocks\.(\d+)\.([1-9]\d*)\.{_INSIDE}", up_attention),
        Rule(rf"output_blocks\.(\d+)\.[1-9]\d*\.conv{END}", upsample),
        Rule(rf"out\.0{END}", rf"{OURS}conv_norm_out.\1"),
        Rule(rf"out\.2{END}", rf"{OURS}conv_out.\1"),
    ]


def blocks_a_level(state: Mapping[str, torch.Tensor]) -> int:
    """Return the residual blocks of a level: those before the first downsampling.

    Args:
        state: Official names, as ``unet_table`` takes them.

    Returns:
        Blocks of the downward path.

    Raises:
        ValueError: If there is no downsampling.
    """
    places = _places(state, r"input_blocks\.(\d+)\.0\.op\.weight")
    if not places:
        raise ValueError(
            f"the U-Net has {len(state)} tensors and no input_blocks.<n>.0.op.weight, "
            "so only one level; a published U-Net has four"
        )
    return min(places) - 1


def transformers_a_position(state: Mapping[str, torch.Tensor]) -> int:
    """Return K, the transformers between the two residual blocks in the middle.

    Args:
        state: Official names, as ``unet_table`` takes them.

    Returns:
        K.

    Raises:
        ValueError: If there is none.
    """
    places = _places(state, r"middle_block\.(\d+)\.proj_in\.weight")
    if not places:
        raise ValueError(
            f"none of the U-Net's {len(state)} tensors is middle_block.<n>.proj_in."
            "weight; every published U-Net attends in its middle block"
        )
    return max(places)


def averaged(
    average: Mapping[str, torch.Tensor],
    raw: Mapping[str, torch.Tensor],
    what: str = "U-Net",
) -> dict[str, torch.Tensor]:
    """Give the tensors of the moving average, stored without dots, the raw names.

    Args:
        average: Tensors below ``model_ema.``; ``decay`` and ``num_updates`` are
            no weights.
        raw: The raw U-Net, whose names the average must have.
        what: File and network, for messages.

    Returns:
        Averaged tensors by the names of ``raw``.

    Raises:
        ValueError: If an averaged tensor has no raw tensor, a raw tensor has no
            average, or two raw names differ in dots only.
    """
    dotless: dict[str, str] = {}
    for name in raw:
        key = "diffusion_model" + name.replace(".", "")
        if key in dotless:
            raise ValueError(
                f"{what}: tensors {dotless[key]} and {name} have one name in the "
                "moving average; load the raw weights instead (--weights raw)"
            )
        dotless[key] = name
    own = {n: t for n, t in average.items() if n not in ("decay", "num_updates")}
    lonely = sorted(own.keys() ^ dotless.keys())
    if lonely:
        side = "raw weight" if lonely[0] in own else "average"
        raise ValueError(
            f"{what}: model_ema.{lonely[0]} has no {side} ({len(lonely)} such "
            "tensors); give an unchanged checkpoint"
        )
    return {dotless[key]: tensor for key, tensor in own.items()}


def _places(state: Mapping[str, torch.Tensor], pattern: str) -> list[int]:
    """Return the numbers in the names that a pattern matches."""
    found = (re.fullmatch(pattern, name) for name in state)
    return [int(match[1]) for match in found if match]


def _leaf(match: re.Match) -> str:
    """Return the layer of a residual block that the last two groups name."""
    *_, layer, end = match.groups()
    return f"{_RESIDUAL[layer]}.{end}"
