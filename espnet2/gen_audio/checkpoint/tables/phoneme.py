"""The phoneme encoder of the speech models: VITS names to those of transformers.

Source: VITS, arXiv:2106.06103. Its queries, keys, values and outputs are convolutions
of width 1, in transformers linear layers; its layer norms call weight and bias gamma
and beta.
"""

import re

import torch

from espnet2.gen_audio.checkpoint.tables.renaming import Rule, leave_out

OURS = "text_encoder."
_NET = f"{OURS}net."
_LAYERS = rf"{_NET}encoder.layers.\1."
_LETTERS = {"q": "q_proj", "k": "k_proj", "v": "v_proj", "o": "out_proj"}
_NORMS = {"1": "layer_norm", "2": "final_layer_norm"}
_PARAMETERS = {"gamma": "weight", "beta": "bias"}


def _projection(match: re.Match) -> str:
    layer = f"{_NET}encoder.layers.{match[1]}.attention.{_LETTERS[match[2]]}"
    return f"{layer}.{match[3]}"


def _norm(match: re.Match) -> str:
    layer = f"{_NET}encoder.layers.{match[2]}.{_NORMS[match[1]]}"
    return f"{layer}.{_PARAMETERS[match[3]]}"


def _as_matrix(kernel: torch.Tensor) -> torch.Tensor:
    """Return a convolution of width 1 as a matrix, (out, in, 1) to (out, in)."""
    return kernel.squeeze(2)


OFFICIAL_TABLE = [
    Rule(r"text_encoder\.emb\.weight", f"{_NET}embed_tokens.weight"),
    Rule(
        r"text_encoder\.encoder\.attn_layers\.(\d+)\.conv_([qkvo])\.(weight)",
        _projection,
        change=_as_matrix,
    ),
    Rule(
        r"text_encoder\.encoder\.attn_layers\.(\d+)\.conv_([qkvo])\.(bias)", _projection
    ),
    Rule(
        r"text_encoder\.encoder\.attn_layers\.(\d+)\.(emb_rel_[kv])",
        rf"{_LAYERS}attention.\2",
    ),
    Rule(r"text_encoder\.encoder\.norm_layers_([12])\.(\d+)\.(gamma|beta)", _norm),
    Rule(
        r"text_encoder\.encoder\.ffn_layers\.(\d+)\.(conv_[12])\.(weight|bias)",
        rf"{_LAYERS}feed_forward.\2.\3",
    ),
    Rule(r"text_encoder\.proj\.(weight|bias)", rf"{_NET}project.\1"),
    Rule(r"learnable_positional_embedding", f"{OURS}positions"),
]

# A VitsModel of transformers: only its text encoder belongs to AudioLDM 2.
VITS_MODEL_TABLE = [
    Rule(r"text_encoder\.(.+)", rf"{_NET}\1"),
    leave_out(
        r"(?:flow|decoder|duration_predictor|posterior_encoder|embed_speaker)\..+",
        "speech synthesis of VITS, which AudioLDM 2 does not use",
    ),
]
