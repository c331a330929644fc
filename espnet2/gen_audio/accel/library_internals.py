"""Internals of libraries, which any release may remove; only ``accel`` may use them.

``INTERNALS`` lists them with the releases in which they were seen. Tests check that the
installed libraries have all of them and name those that a release has removed. Tests
also check that no module outside ``accel`` uses them. Private names of torch occur only
in the functions below; private names of transformers and diffusers also occur in other
modules of ``accel``.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import torch

SEEN_IN = {
    "torch": ("2.13.0",),
    "transformers": ("4.44.2", "4.57.6", "5.23.0"),
    "diffusers": ("0.30.3", "0.36.0", "0.42.1"),
}


@dataclass(frozen=True)
class Internal:
    """Attributes of a class or module of a library.

    Attributes:
        library: A name in ``SEEN_IN``.
        owner: Name of the class, or dotted name of the module.
        names: Names of its attributes, in the order of their use.
    """

    library: str
    owner: str
    names: tuple[str, ...]


_TORCH = (
    ("torch.ops.mkldnn", "_linear_pointwise"),
    ("torch.ops.mkldnn._linear_pointwise", "binary"),
    ("torch.ops.aten", "_scaled_dot_product_flash_attention_for_cpu"),
    ("torch._C._nn", "leaky_relu"),
    ("torch._dynamo.config", "cache_size_limit"),
    ("torch._dynamo.exc", "BackendCompilerFailed"),
)
_TRANSFORMERS = (
    ("transformers.pytorch_utils", "Conv1D"),
    ("GPT2Model", "wpe h ln_f"),
    ("GPT2Block", "ln_1 attn ln_2 mlp"),
    ("GPT2Attention", "c_attn c_proj"),
    ("GPT2MLP", "c_fc act c_proj"),
    ("SpeechT5HifiGan", "mean scale conv_pre upsampler resblocks conv_post"),
    ("HifiGanResidualBlock", "convs1 convs2 leaky_relu_slope"),
)
_DIFFUSERS = (
    ("AutoencoderKL", "post_quant_conv decoder"),
    ("Decoder", "conv_in mid_block up_blocks conv_norm_out conv_out"),
    ("UNetMidBlock2D", "resnets attentions"),
    ("UpDecoderBlock2D", "resnets upsamplers"),
    ("Upsample2D", "conv"),
    ("ResnetBlock2D", "norm1 conv1 norm2 conv2 conv_shortcut"),
    ("ResnetBlock2D", "time_emb_proj nonlinearity"),
    ("AudioLDM2UNet2DConditionModel", "time_proj time_embedding class_embedding"),
    ("AudioLDM2UNet2DConditionModel", "conv_in down_blocks mid_block up_blocks"),
    ("AudioLDM2UNet2DConditionModel", "conv_norm_out conv_act conv_out"),
    ("CrossAttnDownBlock2D", "resnets attentions downsamplers"),
    ("UNetMidBlock2DCrossAttn", "resnets attentions"),
    ("CrossAttnUpBlock2D", "resnets attentions upsamplers"),
    ("Transformer2DModel", "norm proj_in transformer_blocks proj_out"),
    ("BasicTransformerBlock", "norm1 attn1 norm2 attn2 norm3 ff"),
    ("FeedForward", "net"),
    ("GEGLU", "proj"),
    ("Attention", "group_norm to_q to_k to_v to_out heads is_cross_attention"),
)
INTERNALS = tuple(
    Internal(library, owner, tuple(names.split()))
    for library, rows in (
        ("torch", _TORCH),
        ("transformers", _TRANSFORMERS),
        ("diffusers", _DIFFUSERS),
    )
    for owner, names in rows
)


def linear_pointwise() -> Callable[..., torch.Tensor] | None:
    """Return oneDNN's linear layer; None if torch has no oneDNN."""
    if not torch.backends.mkldnn.is_available():
        return None
    return getattr(torch.ops.mkldnn, "_linear_pointwise", None)


def cpu_attention() -> Callable[..., torch.Tensor]:
    """Return torch's CPU operation for scaled dot product attention."""
    return torch.ops.aten._scaled_dot_product_flash_attention_for_cpu


def attention_operator() -> Callable[..., torch.Tensor]:
    """Return the operation of ``attention``, once that module is imported."""
    return torch.ops.gen_audio.attention


def leaky_relu_into(states: torch.Tensor, slope: float, output: torch.Tensor) -> None:
    """Write the leaky ReLU of states to another tensor.

    ``torch.nn.functional.leaky_relu`` has no ``out``.

    Args:
        states: Any shape.
        slope: Slope for negative values.
        output: Tensor of the shape of ``states``; overwritten.
    """
    torch._C._nn.leaky_relu(states, slope, out=output)


def limit_of_graphs(number: int) -> contextlib.AbstractContextManager[None]:
    """Return a context in which a function may be compiled up to ``number`` times."""
    return torch._dynamo.config.patch(cache_size_limit=number)


def compiler_failure() -> type[Exception]:
    """Return the class of the error that torch.compile raises if its backend fails."""
    return torch._dynamo.exc.BackendCompilerFailed
