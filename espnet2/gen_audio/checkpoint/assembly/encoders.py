"""Convert the frozen encoders of an official checkpoint to transformers' form.

In the file, CLAP has the authors' names and FLAN-T5 those of transformers; the result
of both can be opened by ``from_pretrained`` of transformers. Sizes are read from the
tensors; the file holds no tokenizer.

Sources: LAION CLAP, arXiv:2211.06687 (HTS-AT, arXiv:2202.00874; RoBERTa,
arXiv:1907.11692); FLAN-T5, arXiv:2210.11416.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

import torch

from espnet2.gen_audio.checkpoint.archive.encoder_fit import refuse_misfit_of_encoder
from espnet2.gen_audio.checkpoint.archive.system import Encoder
from espnet2.gen_audio.checkpoint.assembly.checked_sizes import checked_sizes
from espnet2.gen_audio.checkpoint.assembly.clap_extractor import clap_extractor
from espnet2.gen_audio.checkpoint.tables import clap, t5
from espnet2.gen_audio.checkpoint.tables.clap import AUDIO, TEXT
from espnet2.gen_audio.checkpoint.tables.renaming import rename

_TEXT_HEAD = 64  # features of one attention head of RoBERTa
_FOLDS = 4  # time segments that HTS-AT stacks to make its input square


def clap_encoder(
    state: Mapping[str, torch.Tensor], provenance: Mapping[str, Any]
) -> Encoder:
    """Turn LAION's CLAP into the folder of a transformers ``ClapModel``.

    Args:
        state: Tensors under the authors' names, without prefix (``audio_branch.*``).
        provenance: Source, licence and notes; what is left out is added to the notes.

    Returns:
        The encoder ``sentence_encoder``.

    Raises:
        ValueError: If a tensor is unknown, missing or misshapen, or the audio tower
            is one with fusion.
    """
    fusion = [name for name in state if ".fusion_model." in name or ".mel_conv" in name]
    if fusion:
        raise ValueError(
            f"tensor {fusion[0]} belongs to a fusion CLAP, but AudioLDM 2 uses a "
            "non-fusion one; give music_speech_audioset_epoch_15_esc_89.98"
        )
    what = f"{provenance['source']}, CLAP"
    net = rename(clap.split_attention(state), clap.TABLE, what)
    config = checked_sizes(_clap_config, net.state, what, state)
    refuse_misfit_of_encoder(config, net.state, what, net.origins)
    weights = net.state | _clap_buffers(net.state, config)
    mels = config["audio_config"]["num_mel_bins"]
    files = {"preprocessor_config.json": _as_json(clap_extractor(mels))}
    stated = _with_notes(provenance, net.notes)
    return Encoder("sentence_encoder", config, weights, files, stated)


def t5_encoder(
    state: Mapping[str, torch.Tensor], provenance: Mapping[str, Any]
) -> Encoder:
    """Turn the encoder of FLAN-T5 into the folder of a ``T5EncoderModel``.

    Args:
        state: Tensors under transformers' names, without prefix (``shared.weight``,
            ``encoder.*``).
        provenance: Source, licence and notes; what is left out is added to the notes.

    Returns:
        The encoder ``tokens_encoder``; its token table is stored once.

    Raises:
        ValueError: If a tensor is unknown, missing or misshapen, or the two names of
            the token table hold different numbers.
    """
    what = f"{provenance['source']}, FLAN-T5"
    table, tied = state.get(t5.SHARED), state.get(t5.TIED)
    if table is not None and tied is not None and not torch.equal(table, tied):
        raise ValueError(
            f"{what}: tensors {t5.SHARED} and {t5.TIED} differ, but they "
            "are one table; give an unchanged checkpoint"
        )
    net = rename(state, t5.TABLE, what)
    config = checked_sizes(_t5_config, net.state, what)
    refuse_misfit_of_encoder(config, net.state, what, net.origins)
    stated = _with_notes(provenance, net.notes)
    return Encoder("tokens_encoder", config, net.state, {}, stated)


def _clap_config(
    state: Mapping[str, torch.Tensor], official: Mapping[str, torch.Tensor]
) -> dict[str, Any]:
    """Return config.json of a state under transformers' names."""
    joint = state["text_projection.linear1.weight"].shape[0]
    return {
        "architectures": ["ClapModel"],
        "model_type": "clap",
        "projection_dim": joint,
        "projection_hidden_act": "relu",
        "text_config": _text_config(state) | {"projection_dim": joint},
        "audio_config": _audio_config(state, official) | {"projection_dim": joint},
    }


def _text_config(state: Mapping[str, torch.Tensor]) -> dict[str, Any]:
    rows, width = state[f"{TEXT}embeddings.word_embeddings.weight"].shape
    inner = state[f"{TEXT}encoder.layer.0.intermediate.dense.weight"].shape[0]
    return {
        "model_type": "clap_text_model",
        "vocab_size": rows,
        "hidden_size": width,
        "num_hidden_layers": _count(state, f"{TEXT}encoder.layer."),
        "num_attention_heads": max(width // _TEXT_HEAD, 1),
        "intermediate_size": inner,
        "max_position_embeddings": _rows(state, "position_embeddings"),
        "type_vocab_size": _rows(state, "token_type_embeddings"),
        "hidden_act": "gelu",
        # RoBERTa's; transformers' own default for CLAP is 1e-12
        "layer_norm_eps": 1e-5,
        "pad_token_id": 1,
        "bos_token_id": 0,
        "eos_token_id": 2,
    }


def _rows(state: Mapping[str, torch.Tensor], table: str) -> int:
    return state[f"{TEXT}embeddings.{table}.weight"].shape[0]


def _audio_config(
    state: Mapping[str, torch.Tensor], official: Mapping[str, torch.Tensor]
) -> dict[str, Any]:
    patches = state[f"{AUDIO}patch_embed.proj.weight"]
    width, patch = patches.shape[0], patches.shape[2]
    levels = range(_count(state, f"{AUDIO}layers."))
    blocks = [f"{AUDIO}layers.{level}.blocks." for level in levels]
    bias = ".attention.self.relative_position_bias_table"
    tables = [state[f"{block}0{bias}"] for block in blocks]
    inner = state[f"{blocks[0]}0.intermediate.dense.weight"].shape[0]
    mels = state[f"{AUDIO}batch_norm.weight"].shape[0]
    classes = official.get("audio_branch.head.weight")
    window = (math.isqrt(tables[0].shape[0]) + 1) // 2
    return {
        "model_type": "clap_audio_model",
        "patch_embeds_hidden_size": width,
        "hidden_size": width * 2 ** (len(levels) - 1),
        "depths": [_count(state, block) for block in blocks],
        "num_attention_heads": [table.shape[1] for table in tables],
        "num_hidden_layers": len(levels),
        "window_size": window,
        "spec_size": _FOLDS * mels,
        "num_mel_bins": mels,
        "num_classes": 527 if classes is None else classes.shape[0],
        "patch_size": patch,
        "patch_stride": [patch, patch],
        "mlp_ratio": inner / width,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-5,
        "enable_fusion": False,
        "fusion_type": None,
    }


def _clap_buffers(
    state: Mapping[str, torch.Tensor], config: Mapping[str, Any]
) -> dict[str, torch.Tensor]:
    """Return the index tables that a ``ClapModel`` expects beside its weights."""
    places = torch.arange(config["text_config"]["max_position_embeddings"])[None]
    made = {
        f"{TEXT}embeddings.position_ids": places,
        f"{TEXT}embeddings.token_type_ids": torch.zeros_like(places),
    }
    index = _window_index(config["audio_config"]["window_size"])
    for name in state:
        if name.endswith(".relative_position_bias_table"):
            place = name.removesuffix("bias_table") + "index"
            made[place] = index.clone()  # safetensors stores no tensor twice
    return made


def _window_index(side: int) -> torch.Tensor:
    """Return the row of the bias table for each pair of cells of a window."""
    cell = torch.arange(side**2)
    row, column = cell // side, cell % side
    down = row[:, None] - row[None, :] + side - 1
    right = column[:, None] - column[None, :] + side - 1
    return down * (2 * side - 1) + right


def _t5_config(state: Mapping[str, torch.Tensor]) -> dict[str, Any]:
    first = "encoder.block.0.layer.0.SelfAttention."
    buckets, heads = state[f"{first}relative_attention_bias.weight"].shape
    rows, width = state["shared.weight"].shape
    layers = _count(state, "encoder.block.")
    inner = state["encoder.block.0.layer.1.DenseReluDense.wo.weight"].shape[1]
    return {
        "architectures": ["T5EncoderModel"],
        "model_type": "t5",
        "vocab_size": rows,
        "d_model": width,
        "d_kv": state[f"{first}q.weight"].shape[0] // heads,
        "d_ff": inner,
        "num_layers": layers,
        "num_decoder_layers": layers,
        "num_heads": heads,
        "relative_attention_num_buckets": buckets,
        "relative_attention_max_distance": 128,
        "feed_forward_proj": "gated-gelu",
        "layer_norm_epsilon": 1e-6,
        "dropout_rate": 0.1,
        "is_encoder_decoder": True,
        "use_cache": False,
        # the encoder has no output layer: its token table is the only one
        "tie_word_embeddings": True,
        "pad_token_id": 0,
        "eos_token_id": 1,
        "decoder_start_token_id": 0,
    }


def _count(state: Mapping[str, torch.Tensor], prefix: str) -> int:
    """Return the number of numbered modules below a prefix."""
    heads = (name.removeprefix(prefix) for name in state if name.startswith(prefix))
    return 1 + max(int(rest.partition(".")[0]) for rest in heads)


def _with_notes(provenance: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    return {**provenance, "notes": [*provenance.get("notes", ()), *notes]}


def _as_json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=2, sort_keys=True) + "\n").encode("utf-8")
