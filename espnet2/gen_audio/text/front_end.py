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

from espnet2.gen_audio.text.front_end_alphabet import (
    CHARACTERS,
    ENGLISH,
    ENGLISH_ESPEAK,
    ESPEAK,
    NO_CLEANER,
    PUBLISHED,
    TACOTRON,
    alphabet_of,
    misfit,
)
from espnet2.gen_audio.text.g2p_engines import phoneme_tokenizer
from espnet2.gen_audio.text.spoken_forms import (
    doubtful_forms,
    in_full,
    plain_marks,
)
from espnet2.gen_audio.text.spoken_numbers import (
    in_english_words,
    refuse_long_numbers,
    with_leading_zeros,
)
from espnet2.gen_audio.text.unread_words import unread_test

SPACE = "<space>"  # the token between words, as ESPnet writes it
# types whose tokens are single symbols
ONE_SYMBOL = (PUBLISHED, CHARACTERS, ENGLISH_ESPEAK)
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])[\u2019\u02bc\uff07](?=[^\W\d_])")
_IN_BRACKETS = re.compile(r"<.*?>")


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
        self.cleaner = cleaner
        self.alphabet = alphabet_of(g2p)
        self.prepare = _preparation(g2p, cleaner)
        self.clean = _cleaner(cleaner)
        self.convert = _converter(g2p)
        texts = self.prepare, self.clean
        self._is_unread = cache(unread_test(g2p, cleaner, self, *texts))

    def __call__(self, transcript: str) -> list[str]:
        """Return the phonemes of a text.

        Args:
            transcript: What is said, in ordinary spelling.

        Returns:
            Tokens, with ``<space>`` between words if ``g2p`` keeps word boundaries. The
            list is empty if nothing of the text is spoken or ``g2p`` reads none of its
            letters.

        Raises:
            ValueError: If a number has no name in English; the message says which. If
                the text has a NUL character, where espeak would end it.
        """
        if "\0" in transcript:
            raise ValueError(
                f"a NUL character is inside the text {transcript[:60]!r}; take it out"
            )
        text = " ".join(self.clean(self.prepare(transcript)).split())
        if not text or not self.alphabet.reads_some(transcript):
            return []
        tokens = self.convert(text)
        return _single_spaces(SPACE if token == " " else token for token in tokens)

    def unread(self, transcript: str) -> list[str]:
        """Return the words that the phonemes of a text lack or misread.

        These are the words that ``unread_words`` describes, the forms of
        ``doubtful_forms``, and text in angle brackets, which ``published`` removes.

        Args:
            transcript: What is said, in ordinary spelling.

        Returns:
            The words in their spelling and order in the text.
        """
        words = []
        if self.g2p == PUBLISHED:
            words = _IN_BRACKETS.findall(transcript)
            transcript = _IN_BRACKETS.sub("", transcript)
        else:
            transcript = plain_marks(transcript)
        words += [word for word in transcript.split() if self._is_unread(word)]
        spoken = _spoken_by(self.g2p, self.cleaner)
        return words + doubtful_forms(" ".join(transcript.split()), spoken)


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


def _preparation(g2p: str, cleaner: str | None) -> Callable[[str], str]:
    """Return what rewrites what the cleaner or the type would not read, or misread.

    ``published`` takes a text as it is.
    """
    if g2p == PUBLISHED:
        return lambda text: text
    spoken = _spoken_by(g2p, cleaner)
    english = spoken in ENGLISH

    def prepare(text: str) -> str:
        """Rewrite a text; refuse a number that a cleaner cannot spell out."""
        # tacotron joins A&B to one word, g2p_en drops the sign
        text = in_full(plain_marks(text), spoken, ampersands=english)
        if english:
            # g2p_en drops a typographic apostrophe: we'll would be "well"
            return in_english_words(_APOSTROPHE.sub("'", text))
        if g2p.startswith(ESPEAK):
            return with_leading_zeros(text)
        if cleaner not in (None, NO_CLEANER):
            refuse_long_numbers(text)
        return text

    return prepare


def _spoken_by(g2p: str, cleaner: str | None) -> str:
    """Return the type whose English spelling of numbers and units a text needs.

    The tacotron cleaner writes numbers in words whatever the type: "10kg" would become
    the characters of "tenkg".
    """
    return ENGLISH[0] if cleaner == TACOTRON else g2p


def _cleaner(cleaner: str | None) -> Callable[[str], str]:
    """Return ESPnet's cleaner of a name."""
    if cleaner in (None, NO_CLEANER):
        return lambda text: text
    from espnet2.text.cleaner import TextCleaner

    clean = TextCleaner(cleaner)
    try:
        clean("a")
    except (RuntimeError, AttributeError) as error:  # the package of the g2p is missing
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
