"""Numbers as people write them in tables and options.

Python's ``float`` also accepts ``1_0`` (as 10), digits that are not ASCII, and ``nan``.
"""

import math
import re

_DECIMAL = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)"
_EXPONENT = r"[eE][+-]?[0-9]+"
_REAL = re.compile(f"{_DECIMAL}(?:{_EXPONENT})?")
# YAML 1.1 reads such a number only with a point and a signed exponent: 1.0e+3, not 1e3
SCIENTIFIC = re.compile(rf"{_DECIMAL}{_EXPONENT}\Z")


def plain_number(text: str) -> float:
    """Return a number.

    Args:
        text: What was written, without white space.

    Returns:
        The number; nan for anything else and for a number beyond all floats.
    """
    number = float(text) if _REAL.fullmatch(text) else math.nan
    return number if math.isfinite(number) else math.nan


def finite_number(text: str) -> float:
    """Return a number, or refuse a text that is not a finite number.

    Args:
        text: What was written, without white space.

    Returns:
        The number.

    Raises:
        ValueError: If the text is not a finite number.
    """
    number = plain_number(text)
    if math.isnan(number):
        raise ValueError(f"{text!r} is no number; write digits, such as 0.5 or 1e-3")
    return number


def number_from_zero(text: str) -> float | None:
    """Return a number that is not negative.

    Args:
        text: What was written, without white space.

    Returns:
        The number; None for anything else.
    """
    number = plain_number(text)
    return number if number >= 0 else None
