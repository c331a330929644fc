"""Numbers of options and tables, as people write them, within stated bounds.

Each function returns a ``type`` for argparse, whose refusal names the option:
``argument --steps: got '0'; give a whole number of 1 or more``. Python's own ``int``
and ``float`` would take ``1_0``, ``nan`` and ``1e99``.
"""

import argparse
import math
import re
from collections.abc import Callable
from typing import Any

from espnet2.gen_audio.files.plain_number import plain_number

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_DIGITS = " of 18 digits or less"


def whole_number(
    least: int | None = None, most: int | None = None
) -> Callable[[str], int]:
    """Return what reads a whole number.

    Args:
        least: Smallest number that is taken; any if None.
        most: Largest one; any if None.

    Returns:
        From a word to the number; another word is an ``ArgumentTypeError``.
    """
    bounds = _bounds(least, most)

    def read(word: str) -> int:
        """Read a word.

        Args:
            word: What was given.

        Returns:
            The number.

        Raises:
            ArgumentTypeError: If it is no such number, or outside the bounds.
        """
        number = int(word) if _WHOLE.fullmatch(word) else None
        if number is None or _outside(number, least, most):
            raise argparse.ArgumentTypeError(
                f"got {word!r}; give a whole number{bounds or _DIGITS}"
            )
        return number

    read.__name__ = "int"  # name of the type in the table of options
    return read


def real_number(
    least: float | None = None,
    most: float | None = None,
    above: float | None = None,
) -> Callable[[str], float]:
    """Return what reads a finite number.

    Args:
        least: Smallest number that is taken; any if None.
        most: Largest one; any if None.
        above: A number that it must be above, in place of ``least``.

    Returns:
        From a word to the number; another word is an ``ArgumentTypeError``.
    """
    bounds = _bounds(least, most) if above is None else f" above {above:g}"
    if above is not None and most is not None:
        bounds += f" to {most:g}"

    def read(word: str) -> float:
        """Read a word.

        Args:
            word: What was given.

        Returns:
            The number.

        Raises:
            ArgumentTypeError: If it is no such number, or outside the bounds.
        """
        number = plain_number(word)
        low = above is not None and number <= above
        if not math.isfinite(number) or low or _outside(number, least, most):
            raise argparse.ArgumentTypeError(f"got {word!r}; give a number{bounds}")
        return number

    read.__name__ = "float"
    return read


def plainly_written(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return a reader of numbers that takes none in the notations of programs.

    Args:
        read: ESPnet's or Python's reader of an option; one of texts is returned as it
            is.

    Returns:
        A reader that refuses ``1_0``, nan and digits of other scripts.
    """
    name = getattr(read, "__name__", "")
    if name not in ("int", "float", "int_or_none", "float_or_none"):
        return read

    def plain(word: str) -> Any:
        """Read a word.

        Args:
            word: What was given.

        Returns:
            What ``read`` makes of it.

        Raises:
            ArgumentTypeError: If it is no plainly written number.
        """
        try:
            number = read(word)
        except ValueError:
            number = math.nan
        odd = "_" in word or not word.isascii()
        if odd or (number is not None and math.isnan(number)):
            whole = "whole " * name.startswith("int")
            raise argparse.ArgumentTypeError(f"got {word!r}; give a {whole}number")
        return number

    plain.__name__ = name
    return plain


def _outside(number: float, least: float | None, most: float | None) -> bool:
    """Tell whether a number is outside its bounds."""
    return (least is not None and number < least) or (
        most is not None and number > most
    )


def _bounds(least: float | None, most: float | None) -> str:
    """Return bounds in words."""
    if least is None:
        return "" if most is None else f" of {most:g} or less"
    return f" of {least:g} or more" if most is None else f" from {least:g} to {most:g}"


# CPU threads; where more cannot be started, the program would end without a word
THREADS = whole_number(1, 1024)
