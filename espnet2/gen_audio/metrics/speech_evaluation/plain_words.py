"""Normalise texts before they are compared.

Lower case, no punctuation, numbers up to 99 as words. A longer number, or one with a
leading zero, is read digit by digit. A closed vocabulary decides between the readings:
'64' becomes 'six four' if the vocabulary lacks 'sixty'.
"""

import re
from collections.abc import Collection

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen "
    "fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()


def plain_words(text: str, vocabulary: Collection[str] = ()) -> list[str]:
    """Return a text as plain words.

    Args:
        text: Any text.
        vocabulary: The closed vocabulary; empty for an open one.

    Returns:
        Words in lower case; apostrophes inside a word are kept.
    """
    text = text.lower().replace("\u2019", "'")
    text = re.sub(r"\d+", lambda run: f" {_spelt(run[0], vocabulary)} ", text)
    return re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", text)


def _spelt(digits: str, vocabulary: Collection[str]) -> str:
    one_by_one = " ".join(ONES[int(digit)] for digit in digits)
    if len(digits) > 2 or digits[0] == "0":
        return one_by_one
    number = int(digits)
    if number < 20:
        words = [ONES[number]]
    else:
        words = [TENS[number // 10], *([ONES[number % 10]] if number % 10 else [])]
    if vocabulary and not set(words) <= set(vocabulary):
        return one_by_one
    return " ".join(words)
