"""Second time and guidance scale, as conditions that are added to the time encoding.

They have the role ``time``, so that every network that supports this role can be a
student. The linear layer of such a condition is initialised with zeros: before its
first training step, a student computes what its teacher computes.

Shapes: B clips, D features.
"""

import torch

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.condition.spec import ConditionSpec, Role
from espnet2.gen_audio.encoder.sinusoidal import sinusoids

SPAN, SCALE = "student_span", "student_scale"  # names of the conditions
WIDTH = 64  # features D of each condition
# phase of the fastest sinusoid, in radians, at a span of 1 and at a scale of 1
_SPEEDS = {SPAN: 100.0, SCALE: 10.0}


def student_specs() -> tuple[ConditionSpec, ...]:
    """Return the conditions that a student has beside those of its teacher."""
    return tuple(
        ConditionSpec(name, WIDTH, (Role.TIME,), p_drop=None) for name in (SPAN, SCALE)
    )


def student_conditions(
    span: torch.Tensor, scale: torch.Tensor, like: torch.Tensor
) -> dict[str, Condition]:
    """Encode the length of the interval and the guidance scale.

    Args:
        span: Difference t - r of the two times, fractions of the time axis, (B,).
        scale: Scale of the guidance that the velocity contains, (B,).
        like: A tensor with the device and precision of the network.

    Returns:
        The conditions by name, (B, 1, D) each.
    """
    given = {SPAN: span, SCALE: scale}
    return {
        name: Condition.from_lengths(
            sinusoids(_SPEEDS[name] * values, WIDTH)[:, None].to(like)
        )
        for name, values in given.items()
    }
