"""GPT-2 with the projections and markers of its conditions: names to ours.

The first condition is the CLAP vector, the second the text states or the phonemes.
Source: AudioLDM 2, arXiv:2308.05734; GPT-2 has transformers' names in official files
and in diffusers folders.
"""

from collections.abc import Mapping

import torch

from espnet2.gen_audio.checkpoint.tables.renaming import END, Rule, leave_out
from espnet2.gen_audio.loa_lm.sequence import MARKERS

NAMES = ("sentence", "tokens")  # conditions, in the order of the sequence
_GPT2 = "lm.gpt2."
_SEQUENCE = "lm.sequence."

GPT2_TABLE = [
    Rule(r"(?:transformer\.)?((?:wte|wpe)\.weight)", rf"{_GPT2}\1"),
    Rule(
        rf"(?:transformer\.)?(h\.\d+\.(?:ln_1|ln_2|attn\.c_attn|attn\.c_proj|mlp\.c_fc|"
        rf"mlp\.c_proj){END})",
        rf"{_GPT2}\1",
    ),
    Rule(rf"(?:transformer\.)?(ln_f{END})", rf"{_GPT2}\1"),
    leave_out(
        r"(?:transformer\.)?h\.\d+\.attn\.(?:bias|masked_bias)",
        "causal mask of older transformers, no weight",
    ),
    leave_out(r"lm_head\.weight", "tied copy of wte, and not used"),
]

OFFICIAL_SEQUENCE_TABLE = [
    Rule(
        rf"input_sequence_embed_linear\.0{END}",
        rf"{_SEQUENCE}projections.{NAMES[0]}.\1",
    ),
    Rule(
        rf"input_sequence_embed_linear\.1{END}",
        rf"{_SEQUENCE}projections.{NAMES[1]}.\1",
    ),
    Rule(r"start_of_sequence_tokens\.weight", f"{_SEQUENCE}start_markers.weight"),
    Rule(r"end_of_sequence_tokens\.weight", f"{_SEQUENCE}end_markers.weight"),
]

DIFFUSERS_PROJECTION_TABLE = [
    Rule(rf"projection{END}", rf"{_SEQUENCE}projections.{NAMES[0]}.\1"),
    Rule(rf"projection_1{END}", rf"{_SEQUENCE}projections.{NAMES[1]}.\1"),
    # ``with_marker_tables`` makes tables of these vectors
    Rule(r"((?:sos|eos)_embed(?:_1)?)", r"\1"),
    Rule(r"learnable_positional_embedding", "text_encoder.positions"),
]


def with_marker_tables(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Make the tables of markers from the vectors that diffusers stores.

    Rows beyond the two conditions are never read; they become zeros.

    Args:
        state: State renamed by ``DIFFUSERS_PROJECTION_TABLE``.

    Returns:
        The state with ``start_markers`` and ``end_markers``, (32, width) each.
    """
    state = dict(state)
    for vector, table in (("sos", "start_markers"), ("eos", "end_markers")):
        rows = [state.pop(f"{vector}_embed"), state.pop(f"{vector}_embed_1")]
        filled = rows[0].new_zeros(MARKERS, len(rows[0]))
        filled[: len(rows)] = torch.stack(rows)
        state[f"{_SEQUENCE}{table}.weight"] = filled
    return state
