"""The encoder of FLAN-T5, whose names in official checkpoints are transformers' own.

Source: T5, arXiv:1910.10683, with the gated feed-forward net of its release 1.1.
"""

from espnet2.gen_audio.checkpoint.tables.renaming import Rule, leave_out

SHARED = "shared.weight"
TIED = "encoder.embed_tokens.weight"
_LAYER = r"encoder\.block\.\d+\.layer\."

TABLE = [
    Rule(r"shared\.weight", SHARED),
    Rule(rf"({_LAYER}0\.SelfAttention\.[qkvo]\.weight)", r"\1"),
    Rule(rf"({_LAYER}0\.SelfAttention\.relative_attention_bias\.weight)", r"\1"),
    Rule(rf"({_LAYER}1\.DenseReluDense\.(?:wi_0|wi_1|wo)\.weight)", r"\1"),
    Rule(rf"({_LAYER}[01]\.layer_norm\.weight)", r"\1"),
    Rule(r"(encoder\.final_layer_norm\.weight)", r"\1"),
    leave_out(
        r"encoder\.embed_tokens\.weight", "second name of shared.weight, equal to it"
    ),
]
