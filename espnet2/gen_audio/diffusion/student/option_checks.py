"""Refuse options of a student's training that are out of range."""

from collections.abc import Mapping, Sequence


def refuse_fractions(fractions: Mapping[str, float]) -> None:
    """Refuse fractions outside 0 to 1.

    Args:
        fractions: Values by name of the option.

    Raises:
        ValueError: If one is outside.
    """
    wrong = {name: value for name, value in fractions.items() if not 0 <= value <= 1}
    if wrong:
        raise ValueError(f"{wrong} were given; give fractions from 0 to 1")


def refuse_scales(guidance_range: Sequence[float], valid_scale: float) -> None:
    """Refuse guidance scales that do not ascend.

    Args:
        guidance_range: Smallest and largest scale of training.
        valid_scale: Scale of validation.

    Raises:
        ValueError: If they are no two scales with the third between.
    """
    scales = [*guidance_range[:1], valid_scale, *guidance_range[1:]]
    if len(scales) != 3 or sorted(scales) != scales or scales[0] < 0:
        raise ValueError(
            f"guidance_range {list(guidance_range)} and valid_scale {valid_scale}: "
            "ascending scales from 0 on are needed with valid_scale between, for "
            "example 1 to 6 and 3.5"
        )


def refuse_counts(passes: Sequence[int], valid_steps: int) -> None:
    """Refuse numbers of passes below 1, and a teacher of a single step.

    The first distance is in units of the teacher's own single step, which must differ
    from its result.

    Args:
        passes: Numbers of passes of the student.
        valid_steps: Steps of the teacher in validation.

    Raises:
        ValueError: If there is none, or one is below 1, or valid_steps below 2.
    """
    if not passes or min(passes) < 1 or valid_steps < 2:
        raise ValueError(
            f"passes {list(passes)} must be 1 or more and valid_steps {valid_steps} 2 "
            "or more, for example 1, 2, 4 and 25"
        )
