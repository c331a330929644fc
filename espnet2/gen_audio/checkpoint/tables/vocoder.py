"""HiFi-GAN: official names, folded or with weight norm, to those of transformers.

The copy inside a published ``.pth`` is folded; stand-alone checkpoints hold norm and
direction of each kernel separately, in the form of torch's old weight norm
(``weight_g``, ``weight_v``) or of its parametrisation. Source: HiFi-GAN,
arXiv:2010.05646.
"""

from collections.abc import Mapping

import torch

from espnet2.gen_audio.checkpoint.tables.renaming import END, Rule

OURS = "vocoder.net."
_PAIRS = (
    (".weight_g", ".weight_v"),
    (".parametrizations.weight.original0", ".parametrizations.weight.original1"),
)

TABLE = [
    Rule(rf"(conv_pre|conv_post){END}", rf"{OURS}\1.\2"),
    Rule(rf"(?:ups|upsampler)\.(\d+){END}", rf"{OURS}upsampler.\1.\2"),
    Rule(
        rf"resblocks\.(\d+)\.(convs1|convs2)\.(\d+){END}",
        rf"{OURS}resblocks.\1.\2.\3.\4",
    ),
    Rule(r"(mean|scale)", rf"{OURS}\1"),
]


def folded(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return a generator with plain kernels, without wrappers in its names.

    Args:
        state: Tensors by name; ``_orig_mod.`` (torch.compile) and ``module.`` (data
            parallel) may stand inside the names.

    Returns:
        The network; each pair of norm and direction is replaced by the kernel.

    Raises:
        ValueError: If one half of a pair is missing.
    """
    plain = {
        name.replace("_orig_mod.", "").replace("module.", ""): tensor
        for name, tensor in state.items()
    }
    for norm_end, direction_end in _PAIRS:
        lonely = {n.removesuffix(norm_end) for n in plain if n.endswith(norm_end)}
        lonely ^= {
            n.removesuffix(direction_end) for n in plain if n.endswith(direction_end)
        }
        if lonely:
            layer = min(lonely)
            raise ValueError(
                f"vocoder: {layer} has only one of {norm_end} and {direction_end}; "
                "give a whole checkpoint"
            )
        for name in [n for n in plain if n.endswith(norm_end)]:
            layer = name.removesuffix(norm_end)
            norm, direction = plain.pop(name), plain.pop(layer + direction_end)
            plain[f"{layer}.weight"] = fold(norm, direction)
    return plain


def fold(norm: torch.Tensor, direction: torch.Tensor) -> torch.Tensor:
    """Return the kernel of a norm and a direction.

    Args:
        norm: (channels, 1, 1).
        direction: (channels, other channels, taps).

    Returns:
        The kernel, of the shape of ``direction``.
    """
    axes = tuple(range(1, direction.dim()))
    length = torch.linalg.vector_norm(direction, dim=axes, keepdim=True)
    return direction * (norm / length)


def with_scaling(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Add mean 0 and scale 1 of the mel bands where the file has none.

    transformers' class stores both and does not use them here.

    Args:
        state: Renamed generator.

    Returns:
        The state with ``mean`` and ``scale``, (n_mels,) each.
    """
    bands = state[f"{OURS}conv_pre.weight"].shape[1]
    constants = {f"{OURS}mean": torch.zeros(bands), f"{OURS}scale": torch.ones(bands)}
    return constants | dict(state)
