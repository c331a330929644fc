"""The phonemes of a model and their ids.

The published table (``published_phonemes``) is one vocabulary. All others have the form
of ESPnet's token lists, one token per line: ``<blank>`` (id 0, for padding), ``<unk>``,
the phonemes, and ``<sos/eos>``, which ends every text.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.files.regular_file import WHOLE, regular
from espnet2.gen_audio.text.front_end import SPACE
from espnet2.gen_audio.text.published_phonemes import (
    IDS,
    MAX_LENGTH,
    PAD,
    SYMBOLS,
    TERMINATOR,
)

PUBLISHED = "published"
BLANK, UNKNOWN, END = "<blank>", "<unk>", "<sos/eos>"
TOKENS_FILE = "tokens.txt"  # name in the folder that prepare_phonemes writes


class PhonemeVocabulary:
    """Map phonemes to ids.

    Args:
        tokens: All rows of the embedding in order, or ``published``.
        max_length: Largest number of ids (the model's positions for text), including
            the end token.

    Attributes:
        tokens: All rows of the embedding, in order.

    Raises:
        ValueError: If a list does not have the form of ESPnet's token lists, or has a
            token twice.
    """

    def __init__(self, tokens: str | Sequence[str], max_length: int = MAX_LENGTH):
        self.max_length = max_length
        self.is_published = tokens == PUBLISHED
        if self.is_published:
            self.tokens = SYMBOLS
            specials = (PAD, TERMINATOR)
            self._ids = {s: n for s, n in IDS.items() if s not in specials}
            self._ids[SPACE] = IDS[" "]
            self.terminator = IDS[TERMINATOR]
            return
        _check(tokens)
        self.tokens = tuple(tokens)
        self.terminator = len(tokens) - 1
        self._ids = {token: n for n, token in enumerate(tokens[:-1]) if n > 1}

    @classmethod
    def from_file(
        cls, path: str | Path, max_length: int = MAX_LENGTH
    ) -> "PhonemeVocabulary":
        """Read a token list.

        Args:
            path: File, folder with tokens.txt, or ``published``.
            max_length: Largest number of ids (the model's positions for text).

        Returns:
            The vocabulary.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If the file is no token list.
        """
        if str(path) == PUBLISHED:
            return cls(PUBLISHED, max_length)
        path = Path(path)
        if path.is_dir():
            path = path / TOKENS_FILE
        if not path.is_file():
            raise FileNotFoundError(
                f"token list {path} does not exist; make it with python -m "
                f"espnet2.gen_audio.bin.prepare_phonemes, or give {PUBLISHED}"
            )
        try:
            text = regular(path, WHOLE).read_text(encoding="utf-8-sig")
            return cls(text.splitlines(), max_length)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error

    @classmethod
    def of_texts(
        cls, texts: Iterable[Sequence[str]], max_length: int = MAX_LENGTH
    ) -> "PhonemeVocabulary":
        """Make the vocabulary of the texts of a training set.

        Args:
            texts: Tokens of each text.
            max_length: Largest number of ids (the model's positions for text).

        Returns:
            The vocabulary, its phonemes sorted.

        Raises:
            ValueError: If the texts have no phoneme.
        """
        found = {token for text in texts for token in text} - {BLANK, UNKNOWN, END}
        return cls([BLANK, UNKNOWN, *sorted(found), END], max_length)

    def write(self, path: str | Path) -> None:
        """Write the token list, one token per line.

        Args:
            path: File; or, if the name has no suffix, a folder for tokens.txt.
        """
        path = Path(path)
        if path.is_dir() or not path.suffix:
            path = path / TOKENS_FILE
        write_text(path, "".join(f"{token}\n" for token in self.tokens))

    def to_plain(self) -> str | list[str]:
        """Return the argument ``tokens`` of this vocabulary, for config.yaml."""
        return PUBLISHED if self.is_published else list(self.tokens)

    def __len__(self) -> int:
        """Return the number of rows of the embedding."""
        return len(self.tokens)

    def __eq__(self, other: object) -> bool:
        """Tell whether another vocabulary gives every token the same id."""
        return isinstance(other, PhonemeVocabulary) and self.tokens == other.tokens

    def __str__(self) -> str:
        """Return the name of the vocabulary in messages."""
        if self.is_published:
            return f"the published table of {len(self)} symbols"
        inner = self.tokens[2:-1]
        return f"a list of {len(self)} tokens ({inner[0]} to {inner[-1]})"

    def encode(
        self, tokens: Iterable[str], official: bool = False
    ) -> tuple[list[int], Counter]:
        """Turn phonemes into ids.

        Tokens that the vocabulary lacks are left out and counted. The authors' code
        gives n unknown tokens the id of the pad, counts the text as n shorter, and so
        masks its last n ids. It also cuts a text at the last position. With
        ``official``, the ids that this mask keeps are returned.

        Args:
            tokens: Phonemes, with ``<space>`` between words if the model reads it.
            official: Whether to encode as the authors' code does.

        Returns:
            Ids, the end token last, and the number of occurrences of each unknown
            token.

        Raises:
            ValueError: If no token is known, or there are too many and ``official`` is
                not set.
        """
        tokens = list(tokens)
        unknown = Counter(token for token in tokens if token not in self._ids)
        known = [self._ids[token] for token in tokens if token in self._ids]
        if not known:
            raise ValueError(
                f"phonemes {' '.join(tokens)!r} hold no known symbol of {self}; check "
                "the text, and that --g2p is the one that the list was made with"
            )
        if official:
            return self._as_official(tokens), unknown
        if len(known) >= self.max_length:
            raise ValueError(
                f"a text of {len(known)} phonemes was given; {self.max_length - 1} "
                "fit: split it"
            )
        return [*known, self.terminator], unknown

    def _as_official(self, tokens: Sequence[str]) -> list[int]:
        """Return ids with pads for unknown tokens, as long as the authors' mask."""
        ids = [*(self._ids.get(token, 0) for token in tokens), self.terminator]
        if len(ids) > self.max_length:
            logging.warning(
                "%d phonemes and the end token were given, but %d fit; these are cut "
                "off, as by the authors' code: %r",
                len(tokens),
                self.max_length,
                " ".join([*tokens[self.max_length :], "the end token"]),
            )
            ids = ids[: self.max_length]
        return ids[: len(ids) - ids.count(0)]

    def empty(self) -> list[int]:
        """Return the ids of the empty text."""
        return [self.terminator]


def _check(tokens: Sequence[str]) -> None:
    """Refuse a value that is no token list."""
    if isinstance(tokens, str) or not all(isinstance(t, str) for t in tokens):
        raise ValueError(
            f"tokens {tokens!r} is neither {PUBLISHED!r} nor a list of strings (in "
            "YAML, quote numbers and words such as 'no')"
        )
    if len(tokens) < 4 or [*tokens[:2], tokens[-1]] != [BLANK, UNKNOWN, END]:
        raise ValueError(
            f"a token list begins with {BLANK} and {UNKNOWN}, ends with {END} and has "
            f"a phoneme between; {len(tokens)} lines were given, "
            f"{[*tokens[:2], *tokens[-1:]]} first and last: make it with python -m "
            "espnet2.gen_audio.bin.prepare_phonemes"
        )
    for token, count in Counter(tokens).items():
        if count > 1 or not token or token.split() != [token]:
            raise ValueError(
                f"token {token!r} occurs {count} times or contains white space; "
                "write each token once, one per line"
            )
