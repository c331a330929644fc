"""The cached U-Net with torch.compile: one graph per bucket of shapes.

Shapes: B clips, C channels, T latent frames, F latent bins, R rows of the guidance
batch.
Compiling takes minutes at full size, so different prompts and batches share graphs:
text is padded to a multiple of 32 positions, at least one of them masked, and the
number of clips is padded to a power of two. Each length of sound has its own graph. On
a CPU, the weights are copied into the graph in the order of its kernels, which doubles
their memory; they must not change afterwards. Results equal those of ``CachedUNet``
except for rounding.
"""

import logging
import os
import shutil
from collections.abc import Callable
from functools import cache

import torch
from torch.nn.functional import pad

from espnet2.gen_audio.accel.cached_unet import CachedUNet
from espnet2.gen_audio.accel.library_internals import (
    compiler_failure,
    limit_of_graphs,
)
from espnet2.gen_audio.accel.onednn import mkl_is_slow
from espnet2.gen_audio.condition.condition import Condition, Conditions
from espnet2.gen_audio.diffusion.backbone.unet import ConditionalUNet

TEXT_BUCKET = 32  # lengths of texts are padded to multiples of this number of positions
MAX_GRAPHS = 64  # all further shapes run without compilation


class CompiledUNet:
    """Predict for fixed conditions, step by step; the first call compiles.

    Args:
        unet: The network, in eval mode.
        conditions: Conditions of the clips by name, B rows each.
        null: Null conditions by name, B rows each; None without guidance.
    """

    def __init__(
        self,
        unet: ConditionalUNet,
        conditions: Conditions,
        null: Conditions | None = None,
    ):
        self.halves = 1 if null is None else 2
        padded_null = None if null is None else _padded(null)
        self.cached = CachedUNet(unet, _padded(conditions), padded_null)

    def __call__(
        self, noisy: torch.Tensor, step: torch.Tensor, reuse: bool = False
    ) -> torch.Tensor:
        """Predict.

        Args:
            noisy: Noisy latents, (B, C, T, F).
            step: Diffusion step of each clip, (B,).
            reuse: Whether to reuse the features of deep levels from the last full step.

        Returns:
            Predictions, (R, C, T, F).

        Raises:
            RuntimeError: If the compiler fails.
        """
        run = compile_pass(noisy.device.type)
        clips = len(noisy)
        noisy, step = (_pad_rows(given, rows_of(clips)) for given in (noisy, step))
        try:
            # with the default of 8, the ninth bucket would run without compilation
            with limit_of_graphs(MAX_GRAPHS):
                made = run(self.cached, noisy, step, reuse)
        except compiler_failure() as error:
            raise RuntimeError(
                f"torch.compile failed ({error.inner_exception}); leave out --compile, "
                "or check that a C++ compiler works"
            ) from error
        return torch.cat([half[:clips] for half in made.chunk(self.halves)])


@cache
def compile_pass(device: str) -> Callable[..., torch.Tensor]:
    """Return the compiled pass of the cached U-Net; the first call compiles it.

    Args:
        device: Type of the device, ``cpu`` or ``cuda``.

    Returns:
        A function of the cached U-Net, latents, steps and whether to reuse.
    """
    options = {"freezing": True} if device == "cpu" else None
    return torch.compile(CachedUNet.__call__, dynamic=False, options=options)


def refuse_without_compiler() -> None:
    """Refuse ``--compile`` without a compiler, before a model is loaded.

    Raises:
        ValueError: If there is no C++ compiler.
    """
    named = os.environ.get("CXX", "")
    if not any(map(shutil.which, [named] if named else ["g++", "clang++"])):
        raise ValueError(
            f"--compile needs a C++ compiler, {named or 'g++'} was not found; install "
            "g++, name one in CXX, or leave the option out"
        )


def warn_if_not_faster(device: str) -> None:
    """Log a warning if compilation is not faster.

    Args:
        device: Device of the network.
    """
    if torch.device(device).type == "cpu" and mkl_is_slow():
        logging.warning(
            "--compile: on a CPU of AMD the U-Net takes the same time without it"
        )


def rows_of(clips: int) -> int:
    """Return the number of clips that a batch is padded to: the next power of two."""
    return 1 << (clips - 1).bit_length()


def _padded(conditions: Conditions) -> Conditions:
    """Pad conditions to the rows and text positions of their bucket."""
    padded = dict(conditions)
    if "tokens" in padded:
        padded["tokens"] = _pad_positions(padded["tokens"])
    return {name: _pad_batch(each) for name, each in padded.items()}


def _pad_positions(tokens: Condition) -> Condition:
    """Pad text to its bucket, with at least one masked position for every text."""
    length = tokens.mask.shape[1]
    extra = TEXT_BUCKET * (length // TEXT_BUCKET + 1) - length
    embedding = pad(tokens.embedding, (0, 0, 0, extra))
    return Condition(embedding, pad(tokens.mask, (0, extra)))


def _pad_batch(condition: Condition) -> Condition:
    rows = rows_of(len(condition))
    return Condition(
        _pad_rows(condition.embedding, rows), _pad_rows(condition.mask, rows)
    )


def _pad_rows(given: torch.Tensor, rows: int) -> torch.Tensor:
    """Repeat the last row up to a number of rows; the result is contiguous."""
    missing = rows - len(given)
    given = torch.cat([given, given[-1:].expand(missing, *given.shape[1:])])
    # torch.compile also makes a new graph for new strides
    return given.clone(memory_format=torch.contiguous_format)
