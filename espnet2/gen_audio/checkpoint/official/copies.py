"""Compare the copies of one network that an official checkpoint holds.

CLAP is in the file up to twice and FLAN-T5 twice, because several modules of the
authors' code have one each. A copy is left out only if it is equal.
"""

from collections.abc import Mapping

import torch

# Statistics that move when a frozen network runs in training mode by mistake, as in the
# authors' training: the copies then differ in nothing else.
_DRIFTING = ("running_mean", "running_var", "num_batches_tracked")


def compare_copies(
    kept: Mapping[str, torch.Tensor],
    other: Mapping[str, torch.Tensor],
    kept_prefix: str,
    other_prefix: str,
) -> list[str]:
    """Check that two copies of a network are equal.

    Args:
        kept: State of the copy that is imported, names without prefix.
        other: State of the copy that is left out.
        kept_prefix: Prefix of ``kept`` in the file, for messages.
        other_prefix: Where ``other`` stands.

    Returns:
        What was found, as lines for the provenance: the copies are equal, or only
        statistics of batch normalisation differ, and by how much.

    Raises:
        ValueError: If a tensor is in one copy only, or differs in shape or value.
    """
    lonely = sorted(kept.keys() ^ other.keys())
    if lonely:
        name = lonely[0]
        has, lacks = kept_prefix, other_prefix
        if name not in kept:
            has, lacks = other_prefix, kept_prefix
        raise ValueError(
            f"tensor {has}{name} has no counterpart {lacks}{name}, but both should be "
            f"one network ({len(lonely)} such tensors); give an unchanged checkpoint"
        )
    drift = 0.0
    for name, tensor in kept.items():
        difference = _difference(tensor, other[name], kept_prefix, other_prefix, name)
        if difference and not name.endswith(_DRIFTING):
            raise ValueError(
                f"tensor {kept_prefix}{name} differs from its copy {other_prefix}"
                f"{name} by up to {difference:.3g}, but both should be one network; "
                "give an unchanged checkpoint"
            )
        drift = max(drift, difference)
    count = f"{other_prefix}* ({len(other)} tensors)"
    if drift:
        return [
            f"{count}: copy of {kept_prefix}*, left out; statistics of batch "
            f"normalisation differ by up to {drift:.3g}"
        ]
    return [f"{count}: copy of {kept_prefix}*, equal, left out"]


def _difference(
    kept: torch.Tensor,
    other: torch.Tensor,
    kept_prefix: str,
    other_prefix: str,
    name: str,
) -> float:
    """Return the largest difference of two tensors; infinity where one is NaN."""
    if kept.shape != other.shape:
        raise ValueError(
            f"tensor {kept_prefix}{name} has shape {tuple(kept.shape)}, but its copy "
            f"{other_prefix}{name} has {tuple(other.shape)}; give an unchanged "
            "checkpoint"
        )
    if torch.equal(kept, other) or not kept.numel():
        return 0.0
    # a NaN on one side would compare as no difference at all
    difference = (kept.double() - other.double()).abs().nan_to_num(nan=float("inf"))
    return float(difference.max())
