"""Sizes of a U-Net: arguments of its levels, and refusal of what layers cannot have."""

from collections.abc import Sequence
from typing import Any

from espnet2.gen_audio.condition.spec import ConditionSpec


def head_dims_of(
    channels: Sequence[int], heads: Sequence[int] | None, head_dim: int
) -> list[int]:
    """Return the features of an attention head of each level.

    Args:
        channels: Channels of each level.
        heads: Heads of each level; if None, ``head_dim`` determines them.
        head_dim: Features of a head, if ``heads`` is None.

    Returns:
        The features of each level.

    Raises:
        ValueError: If there is not one number of heads per level.
    """
    if heads is None:
        return [head_dim] * len(channels)
    refuse_levels(channels, "heads", heads)
    return [max(width // max(n, 1), 1) for width, n in zip(channels, heads)]


def refuse_levels(channels: Sequence[int], name: str, values: Sequence[Any]) -> None:
    """Refuse a list whose length is not the number of levels.

    Args:
        channels: Channels of each level.
        name: Name of the list, for the message.
        values: The list.

    Raises:
        ValueError: If the lengths differ.
    """
    if len(values) != len(channels):
        raise ValueError(
            f"{name} {list(values)} has {len(values)} entries, but channels "
            f"{list(channels)} has {len(channels)}; give one value per level"
        )


def refuse_widths(
    channels: Sequence[int],
    attention: Sequence[bool],
    head_dims: Sequence[int],
    groups: int,
) -> None:
    """Refuse widths that do not fit the layers, with a clearer message than diffusers.

    Args:
        channels: Channels of each level.
        attention: Whether each level has attention.
        head_dims: Features of an attention head of each level.
        groups: Groups of the group normalisations.

    Raises:
        ValueError: If a width cannot be divided.
    """
    for level, width in enumerate(channels):
        # the middle block has attention, with the width of the last level
        attends = attention[level] or level == len(channels) - 1
        if width % groups or (attends and width % head_dims[level]):
            raise ValueError(
                f"width {width} of level {level} must be a multiple of "
                f"norm_num_groups {groups} and, with attention, of "
                f"head_dim {head_dims[level]}"
            )


def refuse_both(joined_dim: int | None, extra_self_attention: bool) -> None:
    """Refuse a transformer that the layout does not have.

    Args:
        joined_dim: Width of joined conditions, if they are joined.
        extra_self_attention: Whether there is a second self-attention transformer.

    Raises:
        ValueError: If both are given.
    """
    if joined_dim is not None and extra_self_attention:
        raise ValueError(
            f"joined_dim {joined_dim} is the layout with one transformer per position; "
            "extra_self_attention belongs to the published layout: choose one"
        )


def levels(
    channels: Sequence[int],
    attention: Sequence[bool],
    contexts: Sequence[int | None],
    head_dims: Sequence[int],
) -> dict[str, Any]:
    """Return the arguments of diffusers' network that differ by level."""
    down = ["CrossAttnDownBlock2D" if on else "DownBlock2D" for on in attention]
    up = ["CrossAttnUpBlock2D" if on else "UpBlock2D" for on in attention]
    return {
        "block_out_channels": tuple(channels),
        "down_block_types": tuple(down),
        "up_block_types": tuple(reversed(up)),
        # a tuple for each level: diffusers reads a flat tuple as one entry per level
        "cross_attention_dim": tuple(tuple(contexts) for _ in channels),
        # in diffusers, the number of heads
        "attention_head_dim": tuple(
            max(width // size, 1) for width, size in zip(channels, head_dims)
        ),
    }


def film_options(specs: Sequence[ConditionSpec]) -> dict[str, Any]:
    """Return the arguments for a vector concatenated to the time embedding (FiLM)."""
    if not specs:
        return {}
    return {
        "class_embed_type": "simple_projection",
        "class_embeddings_concat": True,
        "projection_class_embeddings_input_dim": sum(spec.width for spec in specs),
    }


def time_options(specs: Sequence[ConditionSpec]) -> dict[str, Any]:
    """Return the arguments for a vector added to the encoding of the time."""
    return {"time_cond_proj_dim": sum(spec.width for spec in specs)} if specs else {}
