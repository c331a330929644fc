"""AudioMAE: the authors' and timm's names to ours, which are the authors' own.

Only the encoder is kept. Its position table is always read from the file: it belongs to
a transposed grid, and a newly computed table would be wrong. Source: AudioMAE,
arXiv:2207.06405.
"""

from espnet2.gen_audio.checkpoint.tables.renaming import END, Rule, leave_out

OURS = "mae.encoder."

TABLE = [
    Rule(r"(cls_token|pos_embed)", rf"{OURS}\1"),
    Rule(rf"patch_embed\.proj{END}", rf"{OURS}patch_embed.proj.\1"),
    Rule(
        rf"(blocks\.\d+\.(?:norm1|norm2|attn\.qkv|attn\.proj|mlp\.fc1|mlp\.fc2)){END}",
        rf"{OURS}\1.\2",
    ),
    # the fine-tuned model of the authors and timm's pooled models call it fc_norm
    Rule(rf"(?:norm|fc_norm){END}", rf"{OURS}norm.\1"),
    leave_out(
        r"(?:mask_token|decoder_.+)",
        "decoder of the masked pre-training; AudioLDM 2 uses the encoder alone",
    ),
    leave_out(r"(?:head|head_drop)\..+", "classifier of a fine-tuned model"),
]
