"""A transcript becomes phonemes: a cleaner, then grapheme to phoneme conversion.

Besides ESPnet's own types there are ``char``, characters as they stand, and
``published``, the chain of the published speech models ("english_cleaners2" of VITS,
arXiv:2106.06103): text in angle brackets removed, ASCII, lower case, 18 abbreviations,
espeak's American English with stress and punctuation, white space collapsed. One symbol
is one token there. espeak, not the cleaner, reads numbers.
"""

import re
from collections.abc import Callable, Iterable

from espnet2.gen_audio.conditioner.g2p_engines import phoneme_tokenizer

PUBLISHED, CHARACTERS, NO_CLEANER = "published", "char", "none"
SPACE = "<space>"  # the token between words, as ESPnet writes it
_VITS = "espeak_ng_english_us_vits"
ONE_SYMBOL = (PUBLISHED, CHARACTERS, _VITS)  # types of which a token is one symbol
_IN_BRACKETS = re.compile(r"<.*?>")


class FrontEnd:
    """Turn transcripts into phoneme tokens.

    Args:
        g2p: ``published``, ``char`` or a type of ESPnet's PhonemeTokenizer.
        cleaner: A type of ESPnet's TextCleaner, or ``none``.

    Raises:
        ValueError: If either is unknown, or ``published``, which has a cleaner of its
            own, is given another.
        RuntimeError: If what a type needs is not installed; the message says what to
            install.
    """

    def __init__(self, g2p: str, cleaner: str | None = NO_CLEANER):
        self.g2p = g2p
        self.clean = _cleaner(cleaner)
        if g2p == PUBLISHED and cleaner not in (None, NO_CLEANER):
            raise ValueError(
                f"--cleaner {cleaner} was given with --g2p {PUBLISHED}, which has its "
                f"own; use --cleaner {NO_CLEANER}, or --g2p {_VITS}"
            )
        self.convert = _converter(g2p)

    def __call__(self, transcript: str) -> list[str]:
        """Return the phonemes of a text.

        Args:
            transcript: What is said, in ordinary spelling.

        Returns:
            Tokens, with ``<space>`` where the type keeps the border of words; none
            for a text of which nothing is spoken.
        """
        text = " ".join(self.clean(transcript).split())
        if not text:
            return []
        try:
            tokens = self.convert(text)
        except IndexError:  # phonemizer, of a text that espeak finds nothing in
            return []
        return _single_spaces(SPACE if token == " " else token for token in tokens)


def spell(tokens: Iterable[str], g2p: str) -> str:
    """Write tokens as people write phonemes; ``split`` is the inverse.

    Args:
        tokens: As ``FrontEnd`` returns them.
        g2p: Its type.

    Returns:
        ``həlˈoʊ wˈɜːld`` where a token is one symbol, else ``HH AH0 L OW1 <space> W``.
    """
    if g2p in ONE_SYMBOL:
        return "".join(" " if token == SPACE else token for token in tokens)
    return " ".join(tokens)


def split(phonemes: str, g2p: str) -> list[str]:
    """Cut phonemes that a person wrote into tokens.

    Args:
        phonemes: As ``spell`` writes them.
        g2p: The type whose tokens they are.

    Returns:
        The tokens.
    """
    words = phonemes.split()
    if g2p in ONE_SYMBOL:
        return [SPACE if symbol == " " else symbol for symbol in " ".join(words)]
    return words


def _cleaner(cleaner: str | None) -> Callable[[str], str]:
    """Return ESPnet's cleaner of a name."""
    if cleaner in (None, NO_CLEANER):
        return lambda text: text
    from espnet2.text.cleaner import TextCleaner

    clean = TextCleaner(cleaner)
    try:
        clean("a")
    except (RuntimeError, AttributeError) as error:  # without its package, it is None
        raise ValueError(
            f"--cleaner {cleaner} cannot be used ({error}); use {NO_CLEANER}, tacotron "
            "or another of ESPnet's whose package is installed"
        ) from error
    return clean


def _converter(g2p: str) -> Callable[[str], Iterable[str]]:
    """Return what turns cleaned text into tokens."""
    if g2p == CHARACTERS:
        return list
    if g2p != PUBLISHED:
        return phoneme_tokenizer(g2p)
    to_phonemes = phoneme_tokenizer(_VITS)

    def convert(text: str) -> list[str]:
        text = " ".join(english_cleaners(text).split())
        return to_phonemes(text) if text else []

    return convert


def english_cleaners(text: str) -> str:
    """Return English text as the published chain gives it to espeak.

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
    """Return tokens without spaces at the ends, and one where several stand."""
    kept: list[str] = []
    for token in tokens:
        if token != SPACE or (kept and kept[-1] != SPACE):
            kept.append(token)
    return kept[:-1] if kept and kept[-1] == SPACE else kept
