"""Names inside of libraries that no release promises to keep; for this package only.

``INTERNALS`` lists them with the releases in which they were seen; tests look for each
in the installed libraries, and for any of them in the rest of the package. Where a name
of torch is private, the functions below are the only place that says it. Another
release that lacks one fails these tests by name before it fails a user.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import torch

TORCH = ("2.13.0",)
TRANSFORMERS = ("4.44.2", "4.57.6", "5.23.0")
DIFFUSERS = ("0.30.3", "0.36.0", "0.42.1")


@dataclass(frozen=True)
class Internal:
    """Attributes of one class or module of a library.

    Attributes:
        owner: Dotted name of the class or module.
        seen_in: Releases of the library that have all of them.
        names: The attributes, in the order in which a forward pass takes them.
    """

    owner: str
    seen_in: tuple[str, ...]
    names: tuple[str, ...]


INTERNALS = (
    Internal("torch.ops.mkldnn", TORCH, ("_linear_pointwise",)),
    Internal("torch.ops.aten", TORCH, ("_scaled_dot_product_flash_attention_for_cpu",)),
    Internal("torch._C._nn", TORCH, ("leaky_relu",)),
    Internal("torch._dynamo", TORCH, ("config", "exc")),
    Internal("transformers.pytorch_utils", TRANSFORMERS, ("Conv1D",)),
    Internal("transformers.GPT2Model", TRANSFORMERS, ("wpe", "h", "ln_f")),
    Internal(
        "transformers.models.gpt2.modeling_gpt2.GPT2Block",
        TRANSFORMERS,
        ("ln_1", "attn", "ln_2", "mlp"),
    ),
    Internal(
        "transformers.models.gpt2.modeling_gpt2.GPT2Attention",
        TRANSFORMERS,
        ("c_attn", "c_proj"),
    ),
    Internal(
        "transformers.models.gpt2.modeling_gpt2.GPT2MLP",
        TRANSFORMERS,
        ("c_fc", "act", "c_proj"),
    ),
    Internal(
        "transformers.SpeechT5HifiGan",
        TRANSFORMERS,
        ("conv_pre", "upsampler", "resblocks", "conv_post", "mean", "scale"),
    ),
    Internal(
        "transformers.models.speecht5.modeling_speecht5.HifiGanResidualBlock",
        TRANSFORMERS,
        ("convs1", "convs2", "leaky_relu_slope"),
    ),
    Internal("diffusers.AutoencoderKL", DIFFUSERS, ("post_quant_conv", "decoder")),
    Internal(
        "diffusers.models.autoencoders.vae.Decoder",
        DIFFUSERS,
        ("conv_in", "mid_block", "up_blocks", "conv_norm_out", "conv_out"),
    ),
    Internal(
        "diffusers.AudioLDM2UNet2DConditionModel",
        DIFFUSERS,
        (
            "time_proj",
            "time_embedding",
            "class_embedding",
            "conv_in",
            "down_blocks",
            "mid_block",
            "up_blocks",
            "conv_norm_out",
            "conv_act",
            "conv_out",
        ),
    ),
    Internal(
        "diffusers.pipelines.audioldm2.modeling_audioldm2.CrossAttnDownBlock2D",
        DIFFUSERS,
        ("resnets", "attentions", "downsamplers"),
    ),
    Internal(
        "diffusers.pipelines.audioldm2.modeling_audioldm2.CrossAttnUpBlock2D",
        DIFFUSERS,
        ("resnets", "attentions", "upsamplers"),
    ),
    Internal(
        "diffusers.models.resnet.ResnetBlock2D",
        DIFFUSERS,
        ("norm1", "conv1", "norm2", "conv2", "conv_shortcut"),
    ),
    Internal(
        "diffusers.models.transformers.transformer_2d.Transformer2DModel",
        DIFFUSERS,
        ("norm", "proj_in", "transformer_blocks", "proj_out"),
    ),
    Internal(
        "diffusers.models.attention.BasicTransformerBlock",
        DIFFUSERS,
        ("norm1", "attn1", "norm2", "attn2", "norm3", "ff"),
    ),
    Internal(
        "diffusers.models.attention_processor.Attention",
        DIFFUSERS,
        ("group_norm", "to_q", "to_k", "to_v", "to_out", "heads", "is_cross_attention"),
    ),
)


def linear_pointwise() -> Callable[..., torch.Tensor] | None:
    """Return oneDNN's linear layer, None in a torch without oneDNN."""
    if not torch.backends.mkldnn.is_available():
        return None
    return getattr(torch.ops.mkldnn, "_linear_pointwise", None)


def cpu_attention() -> Callable[..., torch.Tensor]:
    """Return the operation that scaled dot product attention becomes on a CPU."""
    return torch.ops.aten._scaled_dot_product_flash_attention_for_cpu


def leaky_relu_into(states: torch.Tensor, slope: float, output: torch.Tensor) -> None:
    """Write the leaky ReLU of states to another tensor, which torch's own cannot.

    Args:
        states: Any shape.
        slope: For negative values.
        output: The same shape; overwritten.
    """
    torch._C._nn.leaky_relu(states, slope, out=output)


def limit_of_graphs(number: int) -> contextlib.AbstractContextManager[None]:
    """Return a context in which a function may be compiled so many times."""
    return torch._dynamo.config.patch(cache_size_limit=number)


def compiler_failure() -> type[Exception]:
    """Return the class of the error that torch.compile raises if its backend fails."""
    return torch._dynamo.exc.BackendCompilerFailed
