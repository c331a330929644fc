"""Numbers as people write them in tables and options.

Python's own ``float`` would take ``1_0`` as 10, digits of other scripts, and ``nan``.
"""

import math
import re

_DECIMAL = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)"
_EXPONENT = r"[eE][+-]?[0-9]+"
_REAL = re.compile(f"{_DECIMAL}(?:{_EXPONENT})?")
# of all its forms, YAML 1.1 takes only those with a point and the sign of the exponent
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
    """Return a number, or refuse what is none.

    Args:
        text: What was written, without white space.

    Returns:
        The number.

    Raises:
        ValueError: If it is none.
    """
    number = plain_number(text)
    if math.isnan(number):
        raise ValueError(f"{text!r} is no number")
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
