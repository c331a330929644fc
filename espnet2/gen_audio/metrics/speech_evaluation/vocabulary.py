"""A closed vocabulary: the token sequences that a recogniser may output.

With an open vocabulary a recogniser spells one sound in many ways and replaces rare
words by common ones. If a corpus has few words, a recogniser that must choose among
these words shows only whether the clip contains the right word.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from espnet2.gen_audio.files.regular_file import WHOLE, regular

Tokens = tuple[int, ...]


@dataclass(frozen=True)
class Vocabulary:
    """Which token may follow which; a text is a sequence of words of the vocabulary.

    Args:
        spellings: Tokens of each word, its leading space included.
    """

    spellings: Mapping[str, Tokens]

    @classmethod
    def of(
        cls, words: Sequence[str], encode: Callable[[str], Sequence[int]]
    ) -> "Vocabulary":
        """Make the vocabulary of some words.

        Args:
            words: The words.
            encode: Function that returns the tokens of a text.

        Returns:
            The vocabulary; each word is encoded with a space before it, as inside a
            sentence.
        """
        return cls({word: tuple(encode(f" {word}")) for word in words})

    @property
    def one_token_each(self) -> bool:
        """Whether each word is one token, so that any token sequence is a text."""
        return all(len(tokens) == 1 for tokens in self.spellings.values())

    @property
    def first_tokens(self) -> set[int]:
        """Tokens that begin a word."""
        return {tokens[0] for tokens in self.spellings.values()}

    def allowed(self, written: Sequence[int], end: int) -> set[int]:
        """Return the tokens that may follow a beginning of a text.

        Args:
            written: Tokens of the beginning, which satisfies the vocabulary.
            end: Token that ends a text; allowed after a whole word.

        Returns:
            The tokens; if ``written`` is empty, those that begin a word.
        """
        if not written:
            return self.first_tokens
        begun = max(
            position
            for position, token in enumerate(written)
            if token in self.first_tokens
        )
        word = tuple(written[begun:])
        following = {
            tokens[len(word)]
            for tokens in self.spellings.values()
            if len(tokens) > len(word) and tokens[: len(word)] == word
        }
        if word in self.spellings.values():
            following |= self.first_tokens | {end}
        return following


def read_vocabulary(given: str) -> list[str]:
    """Return the words of ``--vocabulary``.

    Args:
        given: Words separated by spaces, or a file of words.

    Returns:
        Each word once, in lower case.

    Raises:
        ValueError: If there are fewer than two words, or one is no plain word.
    """
    text = given
    if " " not in given.strip() and Path(given).is_file():
        text = regular(given, WHOLE).read_text(encoding="utf-8-sig")
    words = list(dict.fromkeys(text.lower().split()))
    odd = [word for word in words if not word.replace("'", "").isalpha()]
    if odd:
        raise ValueError(
            f"vocabulary word {odd[0]!r} holds more than letters; write numbers and "
            "signs as words"
        )
    if len(words) < 2:
        raise ValueError(
            f"--vocabulary {given!r} holds {len(words)} words; name two or more, or a "
            "file of them"
        )
    return words
