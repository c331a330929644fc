"""A complete official checkpoint, made up: every prefix of the layout, tiny.

Names and shapes come from ``net_shapes`` and ``encoder_shapes``; ``fill`` makes tensors
of a table, ``complete`` a whole file of one of the published layouts.
"""

import math

import torch
from encoder_shapes import audiomae, clap, phonemes, t5
from net_shapes import gpt2, sequence, under, unet, vae, vocoder

GEOMETRY = {
    "seconds": 0.64,
    "n_mels": 16,
    "fbank_bins": 32,
    "downsample": 4,
    "latent_channels": 4,
}


# Arguments of the shape tables: (tiny, published); GPT-2's width is that of the LOA.
WIDTHS = {
    "loa": (64, 768),
    "t5": (16, 1024),
    "clap": (12, 512),
    "phonemes": (8, 192),
}
PUBLISHED = {
    "unet": {"widths": (128, 256, 384, 640), "latent": 8},
    "vae": {"widths": (128, 256, 512), "latent": 8},
    "vocoder": {"mels": 64, "width": 1024},
    "gpt2": {"width": 768, "layers": 12, "vocabulary": 50257, "positions": 1024},
    "clap": {
        "width": 128,
        "depths": (2, 2, 12, 2),
        "heads": (4, 8, 16, 32),
        "window": 8,
        "mels": 64,
        "text": 768,
        "layers": 12,
        "vocabulary": 50265,
        "positions": 514,
        "joint": 512,
        "classes": 527,
    },
    "t5": {
        "width": 1024,
        "layers": 24,
        "heads": 16,
        "head": 64,
        "inner": 2816,
        "vocabulary": 32128,
    },
    "phonemes": {"width": 192, "layers": 6, "heads": 2, "inner": 768},
    "audiomae": {"width": 768, "layers": 12, "patches": 512, "decoder": 512},
}
PUBLISHED_48K = {
    "unet": {"widths": (128, 256, 384, 640), "latent": 16},
    "vae": {"widths": (128, 256, 512, 1024), "latent": 16},
    "vocoder": {
        "mels": 256,
        "width": 1536,
        "kernels": (12, 10, 8, 4, 4),
        "blocks": (3, 7, 11, 15),
    },
}
# What the transformers of a position attend to; None: to themselves.
CONTEXTS = {
    "full": (None, "loa", "t5"),
    "large": (None, "loa", "t5", None),
    "speech": (None, "loa"),
    "t5": (None, "t5"),
    "film": (None, None),
}


def fill(shapes, seed):
    """Random tensors that keep signals alive; counters and indices as they would be."""
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for name, shape in shapes.items():
        spread = 1.5 / math.sqrt(math.prod(shape[1:])) if len(shape) > 1 else 0.2
        state[name] = spread * torch.randn(shape, generator=generator)
        if len(shape) == 1 and name.endswith("weight"):
            state[name] += 1.0  # of a norm
    for name, tensor in state.items():
        if name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(7)
        elif name.endswith("position_ids"):
            state[name] = torch.arange(tensor.shape[1])[None]
        elif name.endswith("relative_position_index"):
            state[name] = window_offsets(math.isqrt(len(tensor)))
        elif name.endswith("running_var"):
            state[name] = tensor.abs() + 0.5
    if "encoder.embed_tokens.weight" in state:
        state["encoder.embed_tokens.weight"] = state["shared.weight"].clone()
    return state


def window_offsets(side):
    """Number of the offset between any two cells of a window, row by row."""
    cells = [(row, column) for row in range(side) for column in range(side)]
    span = 2 * side - 1
    return torch.tensor(
        [
            [(a - c + side - 1) * span + (b - d + side - 1) for c, d in cells]
            for a, b in cells
        ]
    )


def schedule():
    """The twelve vectors, computed step by step in plain Python."""
    first, last, steps = math.sqrt(0.0015), math.sqrt(0.0195), 1000
    rows, product = [], 1.0
    for t in range(steps):
        beta = (first + (last - first) * t / (steps - 1)) ** 2
        before, product = product, product * (1 - beta)
        variance = beta * (1 - before) / (1 - product)
        rows.append(
            {
                "betas": beta,
                "alphas_cumprod": product,
                "alphas_cumprod_prev": before,
                "sqrt_alphas_cumprod": math.sqrt(product),
                "sqrt_one_minus_alphas_cumprod": math.sqrt(1 - product),
                "log_one_minus_alphas_cumprod": math.log(1 - product),
                "sqrt_recip_alphas_cumprod": math.sqrt(1 / product),
                "sqrt_recipm1_alphas_cumprod": math.sqrt(1 / product - 1),
                "posterior_variance": variance,
                "posterior_log_variance_clipped": math.log(max(variance, 1e-20)),
                "posterior_mean_coef1": beta * math.sqrt(before) / (1 - product),
                "posterior_mean_coef2": (1 - before)
                * math.sqrt(1 - beta)
                / (1 - product),
            }
        )
    return {name: torch.tensor([row[name] for row in rows]) for name in rows[0]}


class Maker:
    """Makes the pieces of one file, tiny or of published size."""

    def __init__(self, layout, published=False, seed=0):
        self.layout = layout
        self.published = published
        self.seed = 100 * seed
        self.sizes = PUBLISHED if published else {}
        if published and layout == "film":
            self.sizes = PUBLISHED | PUBLISHED_48K

    def width(self, name):
        return WIDTHS[name][self.published]

    def net(self, table, seed):
        shapes = table(**self.sizes.get(table.__name__, {}))
        return self.tensors(shapes, seed)

    def tensors(self, shapes, seed):
        """Random numbers, or at published size shapes that take no memory."""
        if not self.published:
            return fill(shapes, self.seed + seed)
        return {name: torch.zeros(()).expand(shape) for name, shape in shapes.items()}

    def diffusion(self):
        """U-Net with its average, schedule, scale and the zero log-variance."""
        contexts = [c and self.width(c) for c in CONTEXTS[self.layout]]
        film = self.width("clap") if self.layout == "film" else None
        depth = 2 if self.layout == "large" else 1
        shapes = unet(contexts, depth, film=film, **self.sizes.get("unet", {}))
        shapes = under("diffusion_model.", shapes)
        state = under("model.", self.tensors(shapes, 0))
        average = self.tensors(shapes, 1)
        state |= {"model_ema." + n.replace(".", ""): t for n, t in average.items()}
        state |= {
            "model_ema.decay": torch.tensor(0.9999),
            "model_ema.num_updates": torch.tensor(1000, dtype=torch.int32),
        }
        state |= schedule()
        return state | {"logvar": torch.zeros(1000), "scale_factor": torch.tensor(0.41)}

    def clap(self):
        """CLAP as the authors wrap it: the model and a mel transform nobody reads."""
        state = under("model.", self.net(clap, 20))
        state |= {"mel_transform.spectrogram.window": torch.hann_window(16)}
        return state | {"mel_transform.mel_scale.fb": torch.ones(9, 16)}

    def generator(self):
        """GPT-2, what surrounds it, and the conditioners inside it."""
        speech = self.layout == "speech"
        dims = self.width("clap"), self.width("phonemes" if speech else "t5")
        state = under("model.", self.net(gpt2, 30))
        if speech and not self.published:
            # phonemes always fill 310 positions
            place = "model.wpe.weight"
            state |= self.tensors({place: (400, self.width("loa"))}, 35)
        state |= self.tensors(sequence(dims, self.width("loa")), 31)
        state |= under("cond_stage_models.0.", self.clap())
        if speech:
            state |= under("cond_stage_models.1.", self.net(phonemes, 32))
        else:
            state |= under("cond_stage_models.1.model.", self.net(t5, 33))
        mae = self.net(audiomae, 34)
        return state | under("cond_stage_models.2.audiomae.model.", mae)


def complete(layout, published=False, seed=0):
    """Return a whole state of one of the published layouts."""
    make = Maker(layout, published, seed)
    state = make.diffusion() | under("clap.", make.clap())
    state |= under("first_stage_model.", make.net(vae, 10))
    state |= under("first_stage_model.vocoder.", make.net(vocoder, 11))
    stage = "cond_stage_models."
    if layout == "t5":
        return state | under(f"{stage}0.model.", make.net(t5, 33))
    if layout == "film":
        return state | under(f"{stage}0.", make.clap())
    state |= under(f"{stage}0.", make.generator())
    if layout != "speech":
        state |= under(f"{stage}1.model.", make.net(t5, 33))
    return state
