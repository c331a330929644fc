"""Whether a text has anything to see: invisible characters alone are an empty text."""

import unicodedata

# separators, control, format, unassigned and private characters, lone marks
_UNSEEN = frozenset(("Zs", "Zl", "Zp", "Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me"))
# letters and a symbol by category, blank in print: Hangul fillers and a Braille cell
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")


def is_blank(text: str) -> bool:
    """Tell whether a text shows nothing.

    Args:
        text: Any text.

    Returns:
        True for an empty text, and one of white space, zero-width and control
        characters, accents without a letter and blank letters alone.
    """
    return all(mark in _BLANK or unicodedata.category(mark) in _UNSEEN for mark in text)
