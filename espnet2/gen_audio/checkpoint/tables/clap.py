"""CLAP: LAION's names to those of transformers' ``ClapModel``.

The audio tower is HTS-AT, a Swin transformer whose queries, keys and values are one
matrix in the file and three in transformers; the text tower is RoBERTa, which has one
set of names. Sources: CLAP, arXiv:2211.06687; HTS-AT, arXiv:2202.00874.
"""

import re
from collections.abc import Mapping

import torch

from espnet2.gen_audio.checkpoint.tables.renaming import END, Rule, leave_out

TEXT = "text_model."
AUDIO = "audio_model.audio_encoder."
_BLOCK = r"audio_branch\.layers\.(\d+)\.blocks\.(\d+)\."
_OUR_BLOCK = rf"{AUDIO}layers.\1.blocks.\2."
_FUSED = re.compile(r"(audio_branch\..+\.attn)\.qkv\.(weight|bias)")
_THREE = ("query", "key", "value")
_LAYERS = {"0": "linear1", "2": "linear2"}


def _projection(match: re.Match) -> str:
    return f"{match[1]}_projection.{_LAYERS[match[2]]}.{match[3]}"


TABLE = [
    Rule(rf"audio_branch\.patch_embed\.(proj|norm){END}", rf"{AUDIO}patch_embed.\1.\2"),
    Rule(rf"{_BLOCK}norm1{END}", rf"{_OUR_BLOCK}layernorm_before.\3"),
    Rule(rf"{_BLOCK}norm2{END}", rf"{_OUR_BLOCK}layernorm_after.\3"),
    Rule(
        rf"{_BLOCK}attn\.relative_position_bias_table",
        rf"{_OUR_BLOCK}attention.self.relative_position_bias_table",
    ),
    Rule(
        rf"{_BLOCK}attn\.({'|'.join(_THREE)}){END}",
        rf"{_OUR_BLOCK}attention.self.\3.\4",
    ),
    Rule(rf"{_BLOCK}attn\.proj{END}", rf"{_OUR_BLOCK}attention.output.dense.\3"),
    Rule(rf"{_BLOCK}mlp\.fc1{END}", rf"{_OUR_BLOCK}intermediate.dense.\3"),
    Rule(rf"{_BLOCK}mlp\.fc2{END}", rf"{_OUR_BLOCK}output.dense.\3"),
    Rule(
        rf"audio_branch\.layers\.(\d+)\.downsample\.(reduction|norm){END}",
        rf"{AUDIO}layers.\1.downsample.\2.\3",
    ),
    Rule(rf"audio_branch\.norm{END}", rf"{AUDIO}norm.\1"),
    Rule(
        r"audio_branch\.bn0\."
        r"(weight|bias|running_mean|running_var|num_batches_tracked)",
        rf"{AUDIO}batch_norm.\1",
    ),
    Rule(
        rf"text_branch\.(embeddings\.(?:\w+_embeddings\.weight|LayerNorm{END}))",
        rf"{TEXT}\1",
    ),
    Rule(
        r"text_branch\.(encoder\.layer\.\d+\.(?:attention\.self\.(?:query|key|value)|"
        r"attention\.output\.(?:dense|LayerNorm)|intermediate\.dense|"
        rf"output\.(?:dense|LayerNorm)){END})",
        rf"{TEXT}\1",
    ),
    Rule(rf"text_branch\.(pooler\.dense{END})", rf"{TEXT}\1"),
    Rule(rf"(audio|text)_projection\.([02]){END}", _projection),
    Rule(r"(logit_scale_[at])", r"\1"),
    leave_out(
        rf"{_BLOCK}(?:attn\.relative_position_index|attn_mask)"
        r"|text_branch\.embeddings\.(?:position_ids|token_type_ids)",
        "index table or mask, computed again from the sizes",
    ),
    leave_out(
        r"audio_branch\.(?:spectrogram_extractor|logmel_extractor)\..+",
        "spectrogram layer; the feature extractor computes the spectrogram",
    ),
    leave_out(
        r"audio_branch\.(?:tscam_conv|head)\..+", "classifier of sounds, not used"
    ),
    leave_out(
        r"(?:audio|text)_transform\..+", "transform behind the embedding, not used"
    ),
]


def split_attention(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Split the joint matrix of queries, keys and values of each attention layer.

    Args:
        state: LAION's names; ``attn.qkv.weight`` is (3 D, D), its bias (3 D,).

    Returns:
        The state with ``attn.query``, ``attn.key`` and ``attn.value`` instead, (D, D)
        and (D,) each.

    Raises:
        ValueError: If such a tensor cannot be split into three equal parts.
    """
    parted: dict[str, torch.Tensor] = {}
    for name, tensor in state.items():
        match = _FUSED.fullmatch(name)
        if match is None:
            parted[name] = tensor
            continue
        if tensor.dim() == 0 or tensor.shape[0] % 3:
            raise ValueError(
                f"CLAP: tensor {name} has shape {tuple(tensor.shape)}, but three parts "
                "of equal size are needed; give an unchanged checkpoint"
            )
        for letter, part in zip(_THREE, tensor.chunk(3)):
            parted[f"{match[1]}.{letter}.{match[2]}"] = part
    return parted
