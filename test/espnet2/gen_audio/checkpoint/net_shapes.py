"""Names and shapes of the official networks, written by hand from their description.

UNet of latent diffusion, LDM autoencoder, HiFi-GAN and GPT-2; nothing of the importer
is used. A shape table is a dictionary from name to shape.
"""

LOA, T5, CLAP = 64, 16, 12  # widths of LOA, T5 states and CLAP vectors


def affine(name, out, *into):
    """Weight and bias of a linear map or a convolution."""
    return {f"{name}.weight": (out, *into), f"{name}.bias": (out,)}


def norm(name, width):
    return affine(name, width)


def under(prefix, shapes):
    return {prefix + name: shape for name, shape in shapes.items()}


def unet(contexts, depth=1, widths=(32, 32, 64, 64), latent=4, film=None):
    """One entry of ``contexts`` a transformer: None, or the width it attends to."""
    embedding = 4 * widths[0]
    shapes = affine("time_embed.0", embedding, widths[0])
    shapes |= affine("time_embed.2", embedding, embedding)
    if film is not None:
        shapes |= affine("film_emb", embedding, film)
        embedding *= 2

    def position(block, into, out, attends):
        made = under(f"{block}.0.", residual(into, out, embedding))
        for k, context in enumerate(contexts if attends else ()):
            made |= under(f"{block}.{k + 1}.", transformer(out, context, depth))
        return made

    shapes |= affine("input_blocks.0.0", widths[0], latent, 3, 3)
    number, width, skips = 1, widths[0], [widths[0]]
    for level, out in enumerate(widths):
        for _ in range(2):
            shapes |= position(f"input_blocks.{number}", width, out, level > 0)
            number, width = number + 1, out
            skips.append(width)
        if level + 1 < len(widths):
            shapes |= affine(f"input_blocks.{number}.0.op", width, width, 3, 3)
            number += 1
            skips.append(width)
    shapes |= position("middle_block", width, width, True)
    last = under(
        f"middle_block.{len(contexts) + 1}.", residual(width, width, embedding)
    )
    shapes |= last
    number = 0
    for level, out in reversed(list(enumerate(widths))):
        for turn in range(3):
            block = f"output_blocks.{number}"
            shapes |= position(block, width + skips.pop(), out, level > 0)
            width = out
            if level > 0 and turn == 2:
                place = len(contexts) + 1
                shapes |= affine(f"{block}.{place}.conv", width, width, 3, 3)
            number += 1
    return shapes | norm("out.0", width) | affine("out.2", latent, width, 3, 3)


def residual(into, out, embedding):
    shapes = norm("in_layers.0", into) | affine("in_layers.2", out, into, 3, 3)
    shapes |= affine("emb_layers.1", out, embedding)
    shapes |= norm("out_layers.0", out) | affine("out_layers.3", out, out, 3, 3)
    if into != out:
        shapes |= affine("skip_connection", out, into, 1, 1)
    return shapes


def transformer(width, context, depth):
    shapes = norm("norm", width) | affine("proj_in", width, width, 1, 1)
    for d in range(depth):
        block = f"transformer_blocks.{d}"
        for name, source in (("attn1", width), ("attn2", context or width)):
            shapes[f"{block}.{name}.to_q.weight"] = (width, width)
            shapes[f"{block}.{name}.to_k.weight"] = (width, source)
            shapes[f"{block}.{name}.to_v.weight"] = (width, source)
            shapes |= affine(f"{block}.{name}.to_out.0", width, width)
        shapes |= affine(f"{block}.ff.net.0.proj", 8 * width, width)
        shapes |= affine(f"{block}.ff.net.2", width, 4 * width)
        for n in (1, 2, 3):
            shapes |= norm(f"{block}.norm{n}", width)
    return shapes | affine("proj_out", width, width, 1, 1)


def vae(widths=(32, 32, 64), latent=4):
    """Encoder, decoder and the two 1 x 1 convolutions between them."""
    shapes = affine("encoder.conv_in", widths[0], 1, 3, 3)
    width = widths[0]
    for level, out in enumerate(widths):
        for j in range(2):
            shapes |= vae_block(f"encoder.down.{level}.block.{j}", width, out)
            width = out
        if level + 1 < len(widths):
            name = f"encoder.down.{level}.downsample.conv"
            shapes |= affine(name, width, width, 3, 3)
    shapes |= vae_middle("encoder", width) | norm("encoder.norm_out", width)
    shapes |= affine("encoder.conv_out", 2 * latent, width, 3, 3)
    shapes |= affine("decoder.conv_in", width, latent, 3, 3)
    shapes |= vae_middle("decoder", width)
    for level, out in reversed(list(enumerate(widths))):
        for j in range(3):
            shapes |= vae_block(f"decoder.up.{level}.block.{j}", width, out)
            width = out
        if level:
            shapes |= affine(f"decoder.up.{level}.upsample.conv", width, width, 3, 3)
    shapes |= norm("decoder.norm_out", width)
    shapes |= affine("decoder.conv_out", 1, width, 3, 3)
    shapes |= affine("quant_conv", 2 * latent, 2 * latent, 1, 1)
    return shapes | affine("post_quant_conv", latent, latent, 1, 1)


def vae_block(name, into, out):
    shapes = norm(f"{name}.norm1", into) | affine(f"{name}.conv1", out, into, 3, 3)
    shapes |= norm(f"{name}.norm2", out) | affine(f"{name}.conv2", out, out, 3, 3)
    if into != out:
        shapes |= affine(f"{name}.nin_shortcut", out, into, 1, 1)
    return shapes


def vae_middle(side, width):
    shapes = vae_block(f"{side}.mid.block_1", width, width)
    shapes |= vae_block(f"{side}.mid.block_2", width, width)
    shapes |= norm(f"{side}.mid.attn_1.norm", width)
    for name in ("q", "k", "v", "proj_out"):
        shapes |= affine(f"{side}.mid.attn_1.{name}", width, width, 1, 1)
    return shapes


def vocoder(
    mels=16, width=32, kernels=(16, 16, 8, 4, 4), blocks=(3, 7, 11), dilations=3
):
    shapes = affine("conv_pre", width, mels, 7)
    for stage, kernel in enumerate(kernels):
        shapes[f"ups.{stage}.weight"] = (width, width // 2, kernel)
        width //= 2
        shapes[f"ups.{stage}.bias"] = (width,)
        for k, size in enumerate(blocks):
            name = f"resblocks.{stage * len(blocks) + k}"
            for d in range(dilations):
                for convs in ("convs1", "convs2"):
                    shapes |= affine(f"{name}.{convs}.{d}", width, width, size)
    return shapes | affine("conv_post", 1, width, 7)


def gpt2(width=LOA, layers=2, vocabulary=11, positions=64):
    shapes = {"wte.weight": (vocabulary, width), "wpe.weight": (positions, width)}
    for n in range(layers):
        block = f"h.{n}"
        shapes |= norm(f"{block}.ln_1", width) | norm(f"{block}.ln_2", width)
        # transposed: GPT-2 multiplies from the right
        for name, into, out in (
            ("attn.c_attn", width, 3 * width),
            ("attn.c_proj", width, width),
            ("mlp.c_fc", width, 4 * width),
            ("mlp.c_proj", 4 * width, width),
        ):
            shapes[f"{block}.{name}.weight"] = (into, out)
            shapes[f"{block}.{name}.bias"] = (out,)
    return shapes | norm("ln_f", width)


def sequence(dims, width=LOA):
    """Projections and marker tables around GPT-2."""
    shapes = {}
    for n, dim in enumerate(dims):
        shapes |= affine(f"input_sequence_embed_linear.{n}", width, dim)
    for end in ("start", "end"):
        shapes[f"{end}_of_sequence_tokens.weight"] = (32, width)
    return shapes
