"""Which words of a text phonemes leave out or misread: they are named in a warning.

Those are words

- with letters of another alphabet;
- with a character that makes no difference to the phonemes: % for g2p_en, ½ for g2p_en
  without a cleaner;
- with a sign that the conversion to ASCII of ``published`` and tacotron writes as other
  characters: ° as "deg", £ as "PS";
- with a digit that is not a plain one (2², Ⅳ, ①), unless it is a fraction that is read;
- with a number of a form that English front ends misread (3,50, 5'10), or espeak
  does (1990s; -.5 in ``published``);
- with a mark inside that g2p_en drops, which joins two words: one:two;
- so long that the end makes no difference to the phonemes.
"""

import re
import unicodedata
from collections.abc import Callable

from espnet2.gen_audio.text.front_end_alphabet import (
    CHARACTERS,
    ENGLISH,
    ENGLISH_ESPEAK,
    PUBLISHED,
    TACOTRON,
    alphabet_of,
    is_sign,
)

_FRACTION = "\u2044"  # slash in the decomposition of ½
_COMMAS = re.compile(r"[0-9][0-9,]*,[0-9][0-9,]*")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+")
_FEET = re.compile(r"[0-9](?:['\u2019][0-9]|[\u2032\u2033])")
_DECADE = re.compile(r"(?<![0-9.,])[0-9]*0['\u2019]?s(?![^\W_])", re.IGNORECASE)
_LEADING_POINT = re.compile(r"(?<!\w)\.[0-9]")
# g2p_en reads words of letters; it runs these forms together
_JOINED = re.compile(
    r"[^\W_][^\w\s'\u2019.,?!-][^\W_]"  # a mark that g2p_en drops: one:two
    r"|[^\W\d_]{2,}\.[^\W\d_]"  # example.com
)
_LONG = 30  # letters of a word that may be cut
_CUT = 20  # phonemes after which g2p_en's network ends a word


def unread_test(
    g2p: str,
    cleaner: str | None,
    speak: Callable[[str], list[str]],
    prepare: Callable[[str], str],
    clean: Callable[[str], str],
) -> Callable[[str], bool]:
    """Return a function that tells whether one word is left out or misread.

    Args:
        g2p: Type of the front end.
        cleaner: Name of its cleaner.
        speak: From a word to its phonemes.
        prepare: From a text to that with its numbers in words.
        clean: Its cleaner.

    Returns:
        The function, of a word without white space.
    """
    alphabet = alphabet_of(g2p)
    ascii_only = g2p == PUBLISHED or cleaner == TACOTRON
    spoken = ENGLISH[0] if cleaner == TACOTRON else g2p

    def is_unread(word: str) -> bool:
        """Tell whether a word is left out, in part or whole, or misread."""
        if word.isascii() and word.isalpha() and len(word) < _CUT:
            return False
        if not all(map(alphabet.has, word)) or _is_cut(word, g2p, speak):
            return True
        if ascii_only and any(map(_is_rewritten, prepare(word))):
            return True
        if spoken != CHARACTERS and (_odd_digits(word) or _odd_number(word, spoken)):
            return True
        if _drops_a_mark(word, speak):
            return True
        return g2p in ENGLISH and bool(_JOINED.search(clean(prepare(word))))

    return is_unread


def _is_rewritten(mark: str) -> bool:
    """Tell whether the conversion to ASCII makes other characters of a sign."""
    if mark.isascii() or mark.isalpha() or mark.isdecimal():
        return False
    if unicodedata.category(mark) in ("Pi", "Pf", "Pd"):  # quotation marks, dashes
        return False
    from tacotron_cleaner.cleaners import convert_to_ascii

    return any(each.isalnum() or is_sign(each) for each in convert_to_ascii(mark))


def _odd_digits(word: str) -> bool:
    """Tell whether a word has a digit that is neither plain nor a fraction."""
    return any(
        mark.isnumeric()
        and not mark.isdecimal()
        and not mark.isalpha()
        and _FRACTION not in unicodedata.normalize("NFKC", mark)
        for mark in word
    )


def _odd_number(word: str, g2p: str) -> bool:
    """Tell whether a word has a number of a form that the type misreads."""
    if not any(map(str.isdecimal, word)):
        return False
    if g2p == PUBLISHED and _LEADING_POINT.search(word):
        return True
    if g2p in (PUBLISHED, ENGLISH_ESPEAK) and _DECADE.search(word):
        return True
    if g2p not in (*ENGLISH, PUBLISHED, ENGLISH_ESPEAK):
        return False
    odd = [n for n in _COMMAS.findall(word) if not _THOUSANDS.fullmatch(n)]
    return bool(odd or _FEET.search(word))


def _drops_a_mark(word: str, speak: Callable[[str], list[str]]) -> bool:
    """Tell whether phonemes are the same without one of the characters."""
    doubtful = set(filter(_is_doubtful, word))
    phonemes = speak(word) if doubtful else []
    return any(
        speak(word.replace(mark, other)) == phonemes
        for mark in doubtful
        for other in ("", " ")
    )


def _is_doubtful(mark: str) -> bool:
    """Tell whether phonemes may lack a character: a sign, no ASCII letter or digit."""
    return is_sign(mark) or (mark.isalnum() and not mark.isascii())


def _is_cut(word: str, g2p: str, speak: Callable[[str], list[str]]) -> bool:
    """Tell whether the phonemes of a long word do not reach to its end."""
    if g2p == CHARACTERS or len(word) < _CUT:
        return False
    if g2p in ENGLISH:
        return word.isalpha() and (len(word) > _LONG or len(speak(word)) >= _CUT)
    return len(word) > _LONG and speak(word) == speak(word[:-3])
