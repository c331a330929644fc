"""Convert a whole text with espeak, with all its words and punctuation marks.

phonemizer splits a text at punctuation marks and converts the words between them with
espeak. It splits at the first occurrence of a mark instead of the mark that it found:
for the full stop of "Pi is 3.14." it splits the number. It then returns several
strings, of which ESPnet uses the first only. Here a text is split at the marks that
were found, and all pieces are kept.
"""

import re
from functools import cache
from typing import Protocol

_DECIMAL = ".,"  # part of a number if between two digits


class Phonemizer(Protocol):
    """The used attributes of ``espnet2.text.phoneme_tokenizer.Phonemizer``."""

    phonemizer: "Backend"
    separator: "Separator"
    strip: bool
    split_by_single_token: bool


class Backend(Protocol):
    """The used methods of a backend of phonemizer."""

    def phonemize(self, text: list[str], **options: object) -> list[str]:
        """Return phonemes of texts."""


class Separator(Protocol):
    """The used attributes of ``phonemizer.separator.Separator``."""

    word: str


class WholeText:
    """Turn a text into espeak's tokens: all pieces in the form of ESPnet's Phonemizer.

    Args:
        phonemizer: ESPnet's Phonemizer.
    """

    def __init__(self, phonemizer: Phonemizer):
        self.engine = phonemizer

    def __call__(self, text: str) -> list[str]:
        """Return the phonemes of a text.

        Args:
            text: Words and punctuation.

        Returns:
            Tokens in ESPnet's form.
        """
        space = self.engine.separator.word or ""
        joined = ""
        for place, piece in enumerate(_marks().split(text)):
            if place % 2:  # a punctuation mark
                joined = joined.removesuffix(space) + piece.replace(" ", space)
            else:
                joined += self._phonemes(piece)
        if self.engine.split_by_single_token:
            return ["<space>" if symbol == " " else symbol for symbol in joined]
        return joined.split()

    def _phonemes(self, words: str) -> str:
        """Return the phonemes of words without punctuation."""
        if not words:
            return ""
        found = self.engine.phonemizer.phonemize(
            [words], separator=self.engine.separator, strip=self.engine.strip, njobs=1
        )
        return (self.engine.separator.word or "").join(found)


@cache
def _marks() -> re.Pattern[str]:
    """Return phonemizer's pattern of punctuation with the spaces around it."""
    from phonemizer.punctuation import Punctuation

    every = Punctuation.default_marks()
    others = re.escape("".join(mark for mark in every if mark not in _DECIMAL))
    decimal = re.escape(_DECIMAL)
    one = rf"[{others}]|(?<![0-9])[{decimal}]|[{decimal}](?![0-9])"
    return re.compile(rf"((?:\s*(?:{one})+\s*)+)")
