"""Written forms that stand for other words: units, titles, streets, spaced thousands.

g2p_en reads ``10kg`` as "ten kayj", ``Dr. Smith`` as a drive; espeak reads ``100th`` as
"hundred th" and loses the minus of ``-$5``. Here such forms become words where the
reading is certain. ``published``, and ``char`` without the tacotron cleaner, take a
text as it is, and some forms have several readings: those are named in a warning.
"""

import re
import unicodedata

from espnet2.gen_audio.text.front_end_alphabet import (
    ENGLISH,
    ENGLISH_ESPEAK,
    PUBLISHED,
)

_UNITS = {
    "km/h": "kilometre per hour",
    "kg": "kilogram",
    "mg": "milligram",
    "km": "kilometre",
    "cm": "centimetre",
    "mm": "millimetre",
    "ml": "millilitre",
    "ms": "millisecond",
    "Hz": "hertz",
    "kHz": "kilohertz",
    "MHz": "megahertz",
    "GHz": "gigahertz",
    "dB": "decibel",
    "MB": "megabyte",
    "GB": "gigabyte",
    "ft": "foot",
    "lb": "pound",
    "lbs": "pound",
    "oz": "ounce",
    "mph": "mile per hour",
}
_FAR = 500  # characters of a quotation
_MINUS = "-\u2212"
_UNIT = re.compile(
    r"(?<![^\W_])(?P<number>[0-9][0-9.,]{0,20})[ \u00a0]?"
    rf"(?P<unit>{'|'.join(sorted(_UNITS, key=len, reverse=True))})(?![\w/])"
)
_SHORT_UNIT = re.compile(
    r"(?<![^\W_])[0-9][0-9.,]{0,20}[ \u00a0]?[mgl](?![^\W_]|['\u2019])"
)
_HYPHEN = re.compile("[\u2010\u2011]")
_SPACES = " \u00a0\u2009\u202f"
_THOUSANDS = re.compile(
    rf"(?<![\w.,])(?<![0-9][{_SPACES}])[1-9][0-9]{{0,2}}(?:[{_SPACES}][0-9]{{3}})+"
    rf"(?:\.[0-9]+)?(?!\w|[.,][0-9]|[{_SPACES}][0-9])"
)
_DEBT = re.compile(
    rf"(?<![^\s(])(?:[{_MINUS}](?P<unit>[$£])|(?P<inner>[$£])[{_MINUS}])"
    r"(?P<number>\.?[0-9]+)"
)
_AND = re.compile(r"(?<=[^\W_])&(?=[^\W_])")
_HUNDREDS = re.compile(r"(?<![\w.,])([0-9][0-9,]{0,20}00)th(?!\w)")
_TITLES = {"Dr": "Doctor", "St": "Saint"}
_ROADS = {"Dr": "Drive", "St": "Street"}
_NAME = r"(?:[A-Z][\w'\u2019]{0,40}|[0-9]{1,9}(?:st|nd|rd|th))"
_ROAD = re.compile(rf"(?P<name>\b{_NAME} )(?P<word>Dr|St)\.(?P<after>(?! *[A-Z]) *)")
_TITLE = re.compile(r"(?<![\w.])(?P<word>Dr|St)\.(?= [A-Z])")
_BETWEEN = re.compile(rf"(?<![.!?] )(?<!^)\b{_NAME} (?:Dr|St)\.(?= [A-Z])")
_MOUNT = re.compile(r"(?<!\w)Mt\.(?= [A-Z])")
_VERSUS = re.compile(r"(?<![\w.])vs\.(?= \w)")
_NUMBER_OR_NO = re.compile(r"(?<!\w)[Nn]os?\. ?[0-9]+")
_ROMAN = re.compile(r"\b[A-Z][a-z]+ (?=[IVX]{2})X{0,3}(?:IX|IV|V?I{0,3})(?!\w)")
_FEET = re.compile(r"(?<![^\W_])[0-9]+['\u2019](?!\w)")
_INCHES = re.compile(r"(?<![^\W_])[0-9]+\"(?!\w)")


def plain_marks(text: str) -> str:
    """Return a text with letters and their accents combined, and plain hyphens.

    Args:
        text: Any text.

    Returns:
        The text in Unicode's form NFC; ``-`` for a hyphen that does not break a line.
    """
    return _HYPHEN.sub("-", unicodedata.normalize("NFC", text))


def in_full(text: str, g2p: str, ampersands: bool = False) -> str:
    """Return a text with the forms in words that a front end misreads.

    Args:
        text: Any text.
        g2p: Type of the front end; other types than English ones take a text as it is.
        ampersands: Whether ``&`` between letters is read as "and".

    Returns:
        The text; ``10 kilograms`` for ``10kg``.
    """
    if ampersands:
        text = _AND.sub(" and ", text)
    if g2p not in (*ENGLISH, ENGLISH_ESPEAK):
        return text
    text = _THOUSANDS.sub(_joined, text)
    text = _UNIT.sub(_unit_in_words, text)
    text = _VERSUS.sub("versus", _MOUNT.sub("Mount", text))
    text = _DEBT.sub(_debt, text)
    if g2p in ENGLISH:
        text = _ROAD.sub(_road, text)
        return _TITLE.sub(lambda match: _TITLES[match["word"]], text)
    text = _HUNDREDS.sub(_hundreds, text)
    return _ROAD.sub(lambda m: m[0] if m["word"] == "St" else _road(m), text)


def doubtful_forms(text: str, g2p: str) -> list[str]:
    """Return what an English front end misreads, or may misread, in a text.

    Args:
        text: Any text.
        g2p: Type of the front end.

    Returns:
        The forms in their spelling: feet and inches, Roman numbers, ``No. 5``, ``10 m``
        (or million), ``12 345`` (one number or two), what may be a title or a street;
        for ``published`` also those that ``in_full`` would change.
    """
    if g2p not in (*ENGLISH, ENGLISH_ESPEAK, PUBLISHED):
        return []
    forms = [_ROMAN, _SHORT_UNIT, _BETWEEN, _NUMBER_OR_NO]
    if g2p == PUBLISHED:
        forms += [_UNIT, _THOUSANDS, _DEBT, _HUNDREDS, _ROAD, _MOUNT, _VERSUS]
    found = [match[0].strip() for form in forms for match in form.finditer(text)]
    found += [m[0] for m in _THOUSANDS.finditer(text) if _joined(m) == m[0]]
    for form, mark in ((_FEET, "'\u2019"), (_INCHES, '"')):
        found += [m[0] for m in form.finditer(text) if not _closes(m, mark)]
    return list(dict.fromkeys(found))


def _joined(match: re.Match[str]) -> str:
    """Return a number without spaces, if it cannot be two or three numbers."""
    groups = re.split(f"[{_SPACES}]", match[0])
    sure = len(groups) > 2 or groups[1].startswith("0") or " " not in match[0]
    return "".join(groups) if sure else match[0]


def _unit_in_words(match: re.Match[str]) -> str:
    """Return a number and its unit, singular after 1."""
    first, *rest = _UNITS[match["unit"]].split(" ", 1)
    if match["number"] != "1" and not first.endswith("hertz"):
        first = "feet" if first == "foot" else f"{first}s"
    return " ".join([match["number"], first, *rest])


def _road(match: re.Match[str]) -> str:
    """Return the name of a street; a full stop stays where the text ends."""
    stop = "" if match["after"] else "."
    if not match["after"] and match.end() < len(match.string):
        stop = ""
    return f"{match['name']}{_ROADS[match['word']]}{stop}{match['after']}"


def _debt(match: re.Match[str]) -> str:
    """Return a price with a minus before it."""
    return f"minus {match['unit'] or match['inner']}{match['number']}"


def _hundreds(match: re.Match[str]) -> str:
    """Return an ordinal that ends in 00, as a number and a word that espeak reads."""
    number = int(match[1].replace(",", ""))
    if not number:
        return match[0]
    for unit, word in ((10**9, "billion"), (10**6, "million"), (10**3, "thousand")):
        if number % unit == 0:
            return f"{number // unit} {word}th"
    large = f"{number - number % 1000} " if number >= 1000 else ""
    return f"{large}{number % 1000 // 100} hundredth"


def _closes(match: re.Match[str], marks: str) -> bool:
    """Tell whether a mark after a number ends a quotation that began before it."""
    before = match.string[max(0, match.start() - _FAR) : match.end() - 1]
    opened = re.findall(rf"(?<!\w)[{marks}\u2018](?=\w)", before)
    closed = re.findall(rf"(?<=[\w.,!?])[{marks}](?!\w)", before)
    return len(opened) > len(closed)
