"""Numbers of a text in the form that a front end reads whole.

g2p_en and ESPnet's tacotron cleaner spell numbers out with inflect, and lose some:
"26" becomes "twenty-six", one unknown word; "5pm" and "7th-century" become one word
each; the zeros of "007" and "3.05", the cents of "£3.50", the sign of "-5" are dropped,
and "$3.5" becomes five cents. Here inflect is given each number by itself, and words
come back without hyphens. espeak takes the point of ".5" for a full stop.
"""

import re
import unicodedata

LONGEST = 36  # digits; inflect has no name for more
_SHOWN = 24  # digits of a longer number that a message shows
_MINUS = "\u2212"
_OPENING = frozenset("([{\"'\u201c\u2018\u00bf\u00a1")
_NUMBER = re.compile(
    rf"(?:(?P<minus>{_MINUS}|(?<![^\s(])-)|(?<=[^\W_])[-\u2010-\u2014])?"
    r"(?P<currency>[$£])?(?=[0-9]|(?<![^\W\d_])\.[0-9])"
    r"(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)?(?P<part>\.[0-9]+)?"
    r"(?P<suffix>(?:st|nd|rd|th|s)(?![^\W_]))?"
    r"(?P<times> (?:thousand|million|billion|trillion)\b)?"
    r"(?P<joint>[-\u2010-\u2014](?=[^\W_]))?",
    re.IGNORECASE,
)
_LEADING_POINT = re.compile(r"(?<![\w.,])\.(?=[0-9])")
_DIGITS = re.compile(r"[0-9][0-9,]*")
_CURRENCIES = {"$": ("dollar", "cent"), "£": ("pound", "penny")}


def refuse_long_numbers(text: str) -> None:
    """Refuse a number that inflect cannot name.

    Args:
        text: Any text.

    Raises:
        ValueError: If a number has more than 36 digits.
    """
    for number in _DIGITS.findall(text):
        length = len(number.replace(",", "").lstrip("0"))
        if length > LONGEST and not number.startswith("0"):
            shown = number if len(number) <= _SHOWN else f"{number[:_SHOWN]}..."
            raise ValueError(
                f"the number {shown} of {length} digits has no name: {LONGEST} digits "
                "at most are read; write it as it is spoken"
            )


def with_leading_zeros(text: str) -> str:
    """Return a text with a zero before each point that begins a number.

    Args:
        text: Any text.

    Returns:
        ``-0.5`` for ``-.5``.
    """
    return _LEADING_POINT.sub("0.", text)


def in_english_words(text: str) -> str:
    """Return an English text with its numbers in words.

    Args:
        text: Any text.

    Returns:
        The text; ``a twenty six year old``, ``five pm``, ``three point zero five``.

    Raises:
        ValueError: If a number has more than 36 digits.
    """
    plain = "".join(_ascii_digit(mark) for mark in text)
    refuse_long_numbers(plain)
    return _NUMBER.sub(_replaced, plain)


def _ascii_digit(mark: str) -> str:
    """Return a decimal digit of any script as ASCII, another character as it is."""
    return str(int(mark)) if mark.isdecimal() else mark


def _replaced(match: re.Match[str]) -> str:
    """Return the words of a number, with spaces where it touches another word."""
    words = _words(match).replace("-", " ").replace("  ", " ")
    text, start, end = match.string, match.start(), match.end()
    before, after = text[max(0, start - 1) : start], text[end : end + 2]
    if match["minus"]:
        words = f"minus {words}"
    touches = before and not before.isspace() and before not in _OPENING
    runs_on = (
        after[:1].isalpha()
        or (unicodedata.category(after[:1] or " ")[0] in "SN" and not after.isascii())
        or (len(after) == 2 and after[0] not in ".,!?'\u2019 " and after[1].isalnum())
    )
    return f"{' ' * bool(touches)}{words}{' ' * bool(runs_on or match['joint'])}"


def _words(match: re.Match[str]) -> str:
    """Return the words of the parts that were found of a number."""
    whole, part = match["whole"] or "", (match["part"] or "")[1:]
    suffix, times = match["suffix"] or "", match["times"] or ""
    if match["currency"]:
        return _money(*_CURRENCIES[match["currency"]], whole, part, times) + suffix
    if part:
        return f"{_decimal(whole, part)}{suffix}{times}"
    return f"{_whole(whole, suffix.lower())}{times}"


def _money(unit: str, small: str, whole: str, part: str, times: str) -> str:
    """Return a price in words."""
    if times or len(part) not in (0, 2):
        number = _decimal(whole, part) if part else _whole(whole)
        return f"{number}{times} {_plural(unit, 2)}"
    large, cents = int(whole.replace(",", "") or 0), int(part or 0)
    said = [f"{_whole(str(large))} {_plural(unit, large)}"]
    if cents:
        said = said[: bool(large)] + [f"{_whole(str(cents))} {_plural(small, cents)}"]
    return ", ".join(said)


def _plural(unit: str, number: int) -> str:
    """Return the name of a unit of money."""
    if number == 1:
        return unit
    return "pence" if unit == "penny" else f"{unit}s"


def _decimal(whole: str, part: str) -> str:
    """Return a number with a point in words; digits after it are read one by one."""
    return f"{_whole(whole) if whole else ''} point {_digits(part)}".strip()


def _whole(number: str, suffix: str = "") -> str:
    """Return a whole number, a year or an ordinal in words."""
    from g2p_en.expand import normalize_numbers

    if len(number) > 1 and number.startswith("0"):
        return _digits(number) + suffix
    return normalize_numbers(number.replace(",", "") + suffix)


def _digits(number: str) -> str:
    """Return the digits of a number in words, one by one."""
    return " ".join(map(_whole, number))
