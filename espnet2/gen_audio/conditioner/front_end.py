"""From transcripts to phonemes: a cleaner, then grapheme-to-phoneme conversion.

Besides ESPnet's own types there are ``char``, the characters themselves, and
``published``, the chain of the published speech models ("english_cleaners2" of VITS,
arXiv:2106.06103): text in angle brackets is removed, letters become ASCII in lower
case, 18 abbreviations are written out, espeak converts to American English with stress
and punctuation, and white space is collapsed. In ``published``, each symbol is one
token, and espeak reads numbers, not the cleaner.
"""

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache

from espnet2.gen_audio.conditioner.g2p_engines import phoneme_tokenizer
from espnet2.gen_audio.conditioner.phoneme_alphabet import (
    CHARACTERS,
    ENGLISH,
    ENGLISH_ESPEAK,
    NO_CLEANER,
    PUBLISHED,
    alphabet_of,
    is_sign,
    misfit,
)

SPACE = "<space>"  # the token between words, as ESPnet writes it
# types whose tokens are single symbols
ONE_SYMBOL = (PUBLISHED, CHARACTERS, ENGLISH_ESPEAK)
_IN_BRACKETS = re.compile(r"<.*?>")
# g2p_en reads words of letters and plain numbers; it misreads these forms
_ORDINAL = re.compile(r"(?<![^\W_])\d+(?:st|nd|rd|th|s)(?![^\W_])", re.IGNORECASE)
_JOINED = re.compile(
    r"\d[^\W\d_]|[^\W\d_]\d"  # letters and digits: 5pm, B2
    r"|[^\W_][^\w\s'’.,?!-][^\W_]"  # a mark that it removes: one:two
    r"|[^\W\d_]{2,}\.[^\W\d_]|\d\.\d+\.\d"  # example.com, 1.2.3
)


class FrontEnd:
    """Turn transcripts into phoneme tokens.

    Args:
        g2p: ``published``, ``char`` or a type of ESPnet's PhonemeTokenizer.
        cleaner: A type of ESPnet's TextCleaner, or ``none``.
        as_trained: Accept a cleaner that does not fit, with a warning, because a model
            needs the cleaner of its training.

    Attributes:
        alphabet: The letters that ``g2p`` reads.

    Raises:
        ValueError: If either is unknown, or they do not fit each other.
        RuntimeError: If a package that ``g2p`` needs is missing; the message names it.
    """

    def __init__(
        self, g2p: str, cleaner: str | None = NO_CLEANER, as_trained: bool = False
    ):
        reason = misfit(g2p, cleaner)
        if reason is not None and not as_trained:
            raise ValueError(reason)
        if reason is not None:
            logging.warning("kept as in training; in a new training: %s", reason)
        self.g2p = g2p
        self.alphabet = alphabet_of(g2p)
        self.clean = _cleaner(cleaner)
        self.convert = _converter(g2p)
        self._is_unread = cache(self._looks_unread)

    def __call__(self, transcript: str) -> list[str]:
        """Return the phonemes of a text.

        Args:
            transcript: What is said, in ordinary spelling.

        Returns:
            Tokens, with ``<space>`` between words if ``g2p`` keeps word boundaries. The
            list is empty if nothing of the text is spoken or ``g2p`` reads none of its
            letters.
        """
        text = " ".join(self.clean(transcript).split())
        if not text or not self.alphabet.reads_some(transcript):
            return []
        tokens = self.convert(text)
        return _single_spaces(SPACE if token == " " else token for token in tokens)

    def unread(self, transcript: str) -> list[str]:
        """Return the words that the phonemes of a text lack or misread.

        These are words with letters of another alphabet, words with a sign that does
        not change the phonemes (% for g2p_en), forms that g2p_en misreads (5pm), and
        text in angle brackets, which ``published`` removes.

        Args:
            transcript: What is said, in ordinary spelling.

        Returns:
            The words in their spelling and order in the text.
        """
        words = []
        if self.g2p == PUBLISHED:
            words = _IN_BRACKETS.findall(transcript)
            transcript = _IN_BRACKETS.sub("", transcript)
        return words + [word for word in transcript.split() if self._is_unread(word)]

    def _looks_unread(self, word: str) -> bool:
        """Tell whether a word is misread, or left out partly or completely."""
        if word.isascii() and word.isalpha():
            return False
        if not all(map(self.alphabet.has, word)):
            return True
        return self._drops_a_mark(word) or self._runs_together(word)

    def _drops_a_mark(self, word: str) -> bool:
        """Tell whether removing a sign or foreign letter changes no phoneme."""
        doubtful = set(filter(_is_doubtful, word))
        phonemes = self(word) if doubtful else []
        return any(self(word.replace(mark, "")) == phonemes for mark in doubtful)

    def _runs_together(self, word: str) -> bool:
        """Tell whether a word is of a form that g2p_en misreads."""
        if self.g2p not in ENGLISH:
            return False
        plain = _ORDINAL.sub("", word)
        return any(_JOINED.search(form) for form in (plain, self.clean(plain)))


def summarise(words: Iterable[str], limit: int = 10) -> str:
    """Return a list of words for a message.

    Args:
        words: Any words; repetitions are counted.
        limit: Largest number of different words in the list.

    Returns:
        ``'50%' x 2, 'AT&T' and 3 more``.
    """
    counts = Counter(words)
    shown = [
        repr(word) + (f" x {count}" if count > 1 else "")
        for word, count in counts.most_common(limit)
    ]
    more = len(counts) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def spell(tokens: Iterable[str], g2p: str) -> str:
    """Write tokens as phonemes for people; ``split`` is the inverse.

    Args:
        tokens: Tokens of a ``FrontEnd``.
        g2p: Type of the ``FrontEnd``.

    Returns:
        ``həlˈoʊ wˈɜːld`` if tokens are single symbols, else ``HH AH0 L OW1 <space> W``.
    """
    if g2p in ONE_SYMBOL:
        return "".join(" " if token == SPACE else token for token in tokens)
    return " ".join(tokens)


def split(phonemes: str, g2p: str) -> list[str]:
    """Cut phonemes that a person wrote into tokens.

    Args:
        phonemes: Phonemes in the form of ``spell``.
        g2p: Type of the ``FrontEnd``.

    Returns:
        The tokens.
    """
    words = phonemes.split()
    if g2p in ONE_SYMBOL:
        return [SPACE if symbol == " " else symbol for symbol in " ".join(words)]
    return words


def _is_doubtful(mark: str) -> bool:
    """Tell whether phonemes may lack a character: a sign or a non-ASCII letter."""
    return is_sign(mark) or (mark.isalpha() and not mark.isascii())


def _cleaner(cleaner: str | None) -> Callable[[str], str]:
    """Return ESPnet's cleaner of a name."""
    if cleaner in (None, NO_CLEANER):
        return lambda text: text
    from espnet2.text.cleaner import TextCleaner

    clean = TextCleaner(cleaner)
    try:
        clean("a")
    except (RuntimeError, AttributeError) as error:  # None: its package is missing
        raise ValueError(
            f"--cleaner {cleaner} cannot be used ({error}); use {NO_CLEANER}, tacotron "
            "or another of ESPnet's whose package is installed"
        ) from error
    return clean


def _converter(g2p: str) -> Callable[[str], Iterable[str]]:
    """Return the function that turns cleaned text into tokens."""
    if g2p == CHARACTERS:
        return list
    if g2p != PUBLISHED:
        return phoneme_tokenizer(g2p)
    to_phonemes = phoneme_tokenizer(ENGLISH_ESPEAK)

    def convert(text: str) -> list[str]:
        """Return the phonemes of cleaned text; an empty list for an empty text."""
        text = " ".join(english_cleaners(text).split())
        return to_phonemes(text) if text else []

    return convert


def english_cleaners(text: str) -> str:
    """Return English text cleaned as the published front end does before espeak.

    Args:
        text: Any text.

    Returns:
        ASCII in lower case, abbreviations written out, nothing in angle brackets.

    Raises:
        RuntimeError: If the package with the cleaners is missing.
    """
    try:
        from tacotron_cleaner.cleaners import (
            convert_to_ascii,
            expand_abbreviations,
            lowercase,
        )
    except ImportError as error:
        raise RuntimeError(
            "--g2p published needs the package espnet-tts-frontend; run "
            "tools/setup_env.sh, or pip install espnet-tts-frontend"
        ) from error
    text = convert_to_ascii(_IN_BRACKETS.sub("", text))
    return expand_abbreviations(lowercase(text))


def _single_spaces(tokens: Iterable[str]) -> list[str]:
    """Remove spaces at both ends, and all but one of successive spaces."""
    kept: list[str] = []
    for token in tokens:
        if token != SPACE or (kept and kept[-1] != SPACE):
            kept.append(token)
    return kept[:-1] if kept and kept[-1] == SPACE else kept
