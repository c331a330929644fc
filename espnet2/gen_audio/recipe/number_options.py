"""Numbers that options accept: argparse names the option when one is out of bounds."""

import argparse
import math
from collections.abc import Callable


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return a type of options: whole numbers within bounds.

    Args:
        least: The smallest that is accepted.
        most: The largest; no limit if None.

    Returns:
        What ``add_argument`` takes as ``type``.
    """

    def number(text: str) -> int:
        """Return the number.

        Args:
            text: What was given.

        Returns:
            The number.

        Raises:
            argparse.ArgumentTypeError: If it is none, or out of bounds.
        """
        try:
            value = int(text)
        except ValueError:
            value = None
        if value is None or value < least or (most is not None and value > most):
            above = "" if most is None else f" to {most}"
            raise argparse.ArgumentTypeError(
                f"{text!r} was given; give a whole number from {least}{above or ' up'}"
            )
        return value

    return number


def seconds(text: str) -> float:
    """Return a number of seconds, 0 or more.

    Args:
        text: What was given.

    Returns:
        The number.

    Raises:
        argparse.ArgumentTypeError: If it is none, not finite or below 0.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise argparse.ArgumentTypeError(
            f"{text!r} was given; give a number of seconds from 0 up"
        )
    return value
