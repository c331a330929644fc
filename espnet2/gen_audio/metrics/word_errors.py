"""Word and character errors of recognised against spoken text.

Both texts are written alike first: small letters, no punctuation, numbers up to 99 as
words. A run of digits that is no such number is read digit by digit, as speakers of
digits say it; so is one with a leading zero. A closed vocabulary decides which reading
is meant: '64' is 'six four' where 'sixty' is no word of it.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from espnet2.gen_audio.metrics.card import Card
from espnet2.gen_audio.metrics.estimate import MIDDLE, Estimate, group_rows

WORDS_RIGHT = Card(
    "words_right",
    "words right",
    "share of reference words",
    "higher",
    "1 - (substitutions + deletions) / reference words, Levenshtein alignment",
)
WER = Card(
    "wer",
    "WER",
    "% of reference words",
    "lower",
    "(substitutions + deletions + insertions) / reference words",
)
CER = Card("cer", "CER", "% of reference characters", "lower", "as WER, characters")

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen "
    "fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()


def normal_words(text: str, vocabulary: Collection[str] = ()) -> list[str]:
    """Return a text as plain words.

    Args:
        text: Any text.
        vocabulary: The words that can have been said; any when empty.

    Returns:
        Words in small letters; apostrophes inside a word stay.
    """
    text = text.lower().replace("\u2019", "'")
    text = re.sub(r"\d+", lambda run: f" {_spelt(run[0], vocabulary)} ", text)
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", text)
    return words


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


@dataclass(frozen=True)
class Errors:
    """Edits that lead from the reference to what was recognised.

    Args:
        substitutions: Units replaced.
        deletions: Units of the reference that were not recognised.
        insertions: Units recognised that the reference does not have.
        length: Units of the reference.
    """

    substitutions: int
    deletions: int
    insertions: int
    length: int

    @property
    def all(self) -> int:
        """Number of edits."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def right(self) -> int:
        """Units of the reference that were recognised."""
        return self.length - self.substitutions - self.deletions


def count_errors(reference: Sequence[str], found: Sequence[str]) -> Errors:
    """Align two sequences with the fewest edits and count each kind.

    Among alignments with equally few edits, the one with the most units right counts.

    Args:
        reference: Words or characters that were said.
        found: Those that were recognised.

    Returns:
        The counts.
    """
    # cost = (edits, units not right), substitutions follow from the lengths
    row = [(place, 0) for place in range(len(found) + 1)]
    for number, unit in enumerate(reference, 1):
        above, row = row, [(number, number)]
        for place, other in enumerate(found, 1):
            edits, lost = above[place - 1]
            match = (edits, lost) if unit == other else (edits + 1, lost + 1)
            deletion = (above[place][0] + 1, above[place][1] + 1)
            insertion = (row[place - 1][0] + 1, row[place - 1][1])
            row.append(min(match, deletion, insertion))
    edits, lost = row[-1]
    insertions = edits - lost
    deletions = len(reference) - len(found) + insertions
    return Errors(lost - deletions, deletions, insertions, len(reference))


def bootstrap_ratio(
    parts: Sequence[float],
    wholes: Sequence[float],
    groups: Sequence[str],
    draws: int,
    seed: int,
) -> Estimate:
    """Estimate a sum over a sum; the interval draws whole groups with replacement.

    Args:
        parts: Numerator of each utterance, (N,).
        wholes: Denominator of each utterance, (N,).
        groups: Group of each utterance, (N,).
        draws: Number of bootstrap draws.
        seed: Seed of the draws.

    Returns:
        The ratio of the sums.

    Raises:
        ValueError: If the denominators sum to zero, or the lengths differ.
    """
    parts, wholes = np.asarray(parts, float), np.asarray(wholes, float)
    if not len(parts) == len(wholes) == len(groups) or not wholes.sum() > 0:
        raise ValueError(
            f"{len(parts)} parts, {len(wholes)} wholes that sum to {wholes.sum():g}, "
            f"{len(groups)} groups; give one each, with something to divide by"
        )
    rows = list(group_rows(groups).values())
    sums = np.array([[parts[r].sum(), wholes[r].sum()] for r in rows])
    rng = np.random.default_rng(seed)
    times = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=draws)
    drawn = times @ sums
    drawn = drawn[drawn[:, 1] > 0]
    low, high = np.percentile(drawn[:, 0] / drawn[:, 1], MIDDLE)
    value = float(parts.sum() / wholes.sum())
    return Estimate(value, float(low), float(high), len(parts))
