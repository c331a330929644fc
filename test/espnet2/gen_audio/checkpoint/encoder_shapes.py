"""Names and shapes of the official encoders, written by hand from their description.

HTSAT and RoBERTa of CLAP, FLAN-T5, VITS text encoder, AudioMAE; nothing of the importer
is used.
"""

from net_shapes import CLAP, LOA, T5, affine, norm, under


def clap(
    width=8,
    depths=(2, 1),
    heads=(2, 4),
    window=2,
    mels=16,
    text=64,
    layers=2,
    vocabulary=23,
    positions=20,
    joint=CLAP,
    classes=5,
):
    """HTSAT, RoBERTa, projections, unused transforms and classifier."""
    shapes = htsat(width, depths, heads, window, mels, classes)
    shapes |= under("text_branch.", roberta(text, layers, vocabulary, positions))
    top = width * 2 ** (len(depths) - 1)
    for side, into in (("audio", top), ("text", text)):
        shapes |= affine(f"{side}_projection.0", joint, into)
        shapes |= affine(f"{side}_projection.2", joint, joint)
        for n in (0, 3):
            shapes |= affine(f"{side}_transform.sequential.{n}", joint, joint)
    return shapes | {"logit_scale_a": (), "logit_scale_t": ()}


def htsat(width, depths, heads, window, mels, classes):
    shapes = affine("patch_embed.proj", width, 1, 4, 4) | norm(
        "patch_embed.norm", width
    )
    grid = mels  # 4 times as many rows as mel bands, in patches of 4
    area = window**2
    for level, depth in enumerate(depths):
        inner = width * 2**level
        for j in range(depth):
            block = f"layers.{level}.blocks.{j}"
            if j % 2 and grid > window:
                shapes[f"{block}.attn_mask"] = ((grid // window) ** 2, area, area)
            table = ((2 * window - 1) ** 2, heads[level])
            shapes[f"{block}.attn.relative_position_bias_table"] = table
            shapes[f"{block}.attn.relative_position_index"] = (area, area)
            shapes |= norm(f"{block}.norm1", inner) | norm(f"{block}.norm2", inner)
            shapes |= affine(f"{block}.attn.qkv", 3 * inner, inner)
            shapes |= affine(f"{block}.attn.proj", inner, inner)
            shapes |= affine(f"{block}.mlp.fc1", 4 * inner, inner)
            shapes |= affine(f"{block}.mlp.fc2", inner, 4 * inner)
        if level + 1 < len(depths):
            down = f"layers.{level}.downsample"
            shapes[f"{down}.reduction.weight"] = (2 * inner, 4 * inner)
            shapes |= norm(f"{down}.norm", 4 * inner)
            grid //= 2
    top = width * 2 ** (len(depths) - 1)
    shapes |= norm("norm", top) | norm("bn0", mels)
    shapes |= {"bn0.running_mean": (mels,), "bn0.running_var": (mels,)}
    shapes |= {"bn0.num_batches_tracked": (), "logmel_extractor.melW": (9, mels)}
    for part in ("real", "imag"):
        shapes[f"spectrogram_extractor.stft.conv_{part}.weight"] = (9, 1, 16)
    shapes |= affine("tscam_conv", classes, top, 1, 3)
    return under("audio_branch.", shapes | affine("head", classes, classes))


def roberta(width, layers, vocabulary, positions):
    table = "embeddings"
    shapes = {
        f"{table}.position_ids": (1, positions),
        f"{table}.word_embeddings.weight": (vocabulary, width),
        f"{table}.position_embeddings.weight": (positions, width),
        f"{table}.token_type_embeddings.weight": (1, width),
    }
    shapes |= norm(f"{table}.LayerNorm", width)
    for n in range(layers):
        layer = f"encoder.layer.{n}"
        for name in ("query", "key", "value"):
            shapes |= affine(f"{layer}.attention.self.{name}", width, width)
        shapes |= affine(f"{layer}.attention.output.dense", width, width)
        shapes |= norm(f"{layer}.attention.output.LayerNorm", width)
        shapes |= affine(f"{layer}.intermediate.dense", 4 * width, width)
        shapes |= affine(f"{layer}.output.dense", width, 4 * width)
        shapes |= norm(f"{layer}.output.LayerNorm", width)
    return shapes | affine("pooler.dense", width, width)


def t5(width=T5, layers=2, heads=2, head=8, inner=24, vocabulary=13):
    table = (vocabulary, width)
    shapes = {"shared.weight": table, "encoder.embed_tokens.weight": table}
    for n in range(layers):
        block = f"encoder.block.{n}.layer"
        for name in ("q", "k", "v"):
            shapes[f"{block}.0.SelfAttention.{name}.weight"] = (heads * head, width)
        shapes[f"{block}.0.SelfAttention.o.weight"] = (width, heads * head)
        if n == 0:
            name = f"{block}.0.SelfAttention.relative_attention_bias.weight"
            shapes[name] = (32, heads)
        for name in ("wi_0", "wi_1"):
            shapes[f"{block}.1.DenseReluDense.{name}.weight"] = (inner, width)
        shapes[f"{block}.1.DenseReluDense.wo.weight"] = (width, inner)
        for part in (0, 1):
            shapes[f"{block}.{part}.layer_norm.weight"] = (width,)
    return shapes | {"encoder.final_layer_norm.weight": (width,)}


def phonemes(width=8, layers=2, heads=2, inner=16, symbols=183, positions=310):
    """VITS text encoder with its unused projection, and the learned positions."""
    shapes = {"emb.weight": (symbols, width)}
    for n in range(layers):
        attention = f"encoder.attn_layers.{n}"
        for name in ("q", "k", "v", "o"):
            shapes |= affine(f"{attention}.conv_{name}", width, width, 1)
        for name in ("emb_rel_k", "emb_rel_v"):
            shapes[f"{attention}.{name}"] = (1, 9, width // heads)
        for k in (1, 2):
            for part in ("gamma", "beta"):
                shapes[f"encoder.norm_layers_{k}.{n}.{part}"] = (width,)
        shapes |= affine(f"encoder.ffn_layers.{n}.conv_1", inner, width, 3)
        shapes |= affine(f"encoder.ffn_layers.{n}.conv_2", width, inner, 3)
    shapes |= affine("proj", 2 * width, width, 1)
    shapes = under("text_encoder.", shapes)
    return shapes | {"learnable_positional_embedding": (1, width, positions)}


def audiomae(width=LOA, layers=3, patches=8, patch=16, decoder=16):
    shapes = affine("patch_embed.proj", width, 1, patch, patch)
    shapes |= {"cls_token": (1, 1, width), "pos_embed": (1, 1 + patches, width)}
    shapes |= vit_blocks("blocks", width, layers) | norm("norm", width)
    shapes |= {"mask_token": (1, 1, decoder)}
    shapes |= {"decoder_pos_embed": (1, 1 + patches, decoder)}
    shapes |= affine("decoder_embed", decoder, width)
    shapes |= vit_blocks("decoder_blocks", decoder, 1) | norm("decoder_norm", decoder)
    return shapes | affine("decoder_pred", patch**2, decoder)


def vit_blocks(name, width, layers):
    shapes = {}
    for n in range(layers):
        block = f"{name}.{n}"
        shapes |= norm(f"{block}.norm1", width) | norm(f"{block}.norm2", width)
        shapes |= affine(f"{block}.attn.qkv", 3 * width, width)
        shapes |= affine(f"{block}.attn.proj", width, width)
        shapes |= affine(f"{block}.mlp.fc1", 4 * width, width)
        shapes |= affine(f"{block}.mlp.fc2", width, 4 * width)
    return shapes
