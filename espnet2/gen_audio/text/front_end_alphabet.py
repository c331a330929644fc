"""Which alphabet each front end reads, and which cleaners fit it.

A script has the name that begins the Unicode names of its letters (``LATIN``,
``HIRAGANA``). Digits, signs and punctuation belong to no script; ``FrontEnd.unread``
tests whether a front end speaks a sign.
"""

import unicodedata
from dataclasses import dataclass

ENGLISH = ("g2p_en", "g2p_en_no_space")
ESPEAK = "espeak_ng_"  # prefix of the types that need espeak
ENGLISH_ESPEAK = f"{ESPEAK}english_us_vits"
PUBLISHED, CHARACTERS, NO_CLEANER = "published", "char", "none"
TACOTRON = "tacotron"  # ESPnet's English cleaner: ASCII, upper case, numbers in words
# punctuation in Unicode, but spoken; the last ones are daggers and primes
_SPOKEN_PUNCTUATION = "%&@#*/\\_‰‱§¶†‡′″"
_ANY = "any"


@dataclass(frozen=True)
class Alphabet:
    """The letters that a front end reads, and its cleaners.

    Args:
        scripts: Beginnings of the Unicode names of its letters; ``any`` for all.
        cleaners: Cleaners that fit, the default first; ``any`` for all.
        why: Why other cleaners do not fit, as a clause for messages.
    """

    scripts: tuple[str, ...]
    cleaners: tuple[str, ...] = (NO_CLEANER,)
    why: str = "which reads numbers and abbreviations itself"

    def has(self, letter: str) -> bool:
        """Tell whether a letter belongs to the alphabet.

        Args:
            letter: One character.

        Returns:
            True also for every character that is no letter.
        """
        if self.scripts == (_ANY,) or letter.isascii() or not letter.isalpha():
            return True
        return unicodedata.name(letter, "").startswith(self.scripts)

    def reads_some(self, text: str) -> bool:
        """Tell whether a text has letters of the alphabet, or no letter at all.

        Args:
            text: Any text.

        Returns:
            False for a text in other letters only.
        """
        latin = self.scripts == (_ANY,) or "LATIN" in self.scripts
        letters = [mark for mark in text if mark.isalpha()]
        return not letters or any(
            latin if mark.isascii() else self.has(mark) for mark in letters
        )

    def __str__(self) -> str:
        """Return the name of the alphabet in messages."""
        if self.scripts == (_ANY,):
            return "letters of any script"
        return f"{', '.join(name.title() for name in self.scripts)} letters"


_LATIN = ("LATIN",)
_KANA = ("HIRAGANA", "KATAKANA", "CJK", "FULLWIDTH LATIN", "LATIN")
_HANGUL = ("HANGUL", "LATIN")
_CASE = (
    "which reads numbers and abbreviations itself and spells words in upper case out"
)
_SCRIPTS_OF_ESPEAK = {
    f"{ESPEAK}arabic": ("ARABIC", "LATIN"),
    f"{ESPEAK}greek": ("GREEK", "LATIN"),
    f"{ESPEAK}hindi": ("DEVANAGARI", "LATIN"),
    f"{ESPEAK}russian": ("CYRILLIC", "LATIN"),
    f"{ESPEAK}ukrainian": ("CYRILLIC", "LATIN"),
}
_BY_BEGINNING = (  # the first prefix that fits
    ("g2p_en", Alphabet(_LATIN, (NO_CLEANER, TACOTRON, "whisper_en"))),
    (ENGLISH_ESPEAK, Alphabet(_LATIN, (NO_CLEANER, "whisper_en"), _CASE)),
    *((name, Alphabet(s, why=_CASE)) for name, s in _SCRIPTS_OF_ESPEAK.items()),
    (ESPEAK, Alphabet(_LATIN, why=_CASE)),
    (PUBLISHED, Alphabet(_LATIN, why="which has its own")),
    ("pyopenjtalk", Alphabet(_KANA, (NO_CLEANER, "jaconv"))),
    ("pypinyin", Alphabet(("CJK", "LATIN"))),
    ("g2pk", Alphabet(_HANGUL, (NO_CLEANER, "korean_cleaner"))),
    ("korean_jaso", Alphabet(_HANGUL, (NO_CLEANER, "korean_cleaner"))),
    ("g2p_is", Alphabet(_LATIN)),
)


def alphabet_of(g2p: str) -> Alphabet:
    """Return the alphabet of a front end.

    Args:
        g2p: Type of the front end.

    Returns:
        Its alphabet; a type that is not listed here accepts all letters and cleaners.
    """
    for beginning, alphabet in _BY_BEGINNING:
        if g2p.startswith(beginning):
            return alphabet
    return Alphabet((_ANY,), (_ANY,))


def misfit(g2p: str, cleaner: str | None) -> str | None:
    """Return why a cleaner must not be used with a front end.

    Args:
        g2p: Type of the front end.
        cleaner: A type of ESPnet's TextCleaner, ``none`` or None.

    Returns:
        One line, or None if they fit.
    """
    fitting = alphabet_of(g2p)
    cleaner = cleaner or NO_CLEANER
    if fitting.cleaners == (_ANY,) or cleaner in fitting.cleaners:
        return None
    return (
        f"--cleaner {cleaner} was given with --g2p {g2p}, {fitting.why}; use --cleaner "
        f"{' or '.join(fitting.cleaners)}"
    )


def is_sign(mark: str) -> bool:
    """Tell whether a character is a sign that people speak, such as % or the euro's.

    Args:
        mark: One character.

    Returns:
        False for letters, digits and punctuation.
    """
    return mark in _SPOKEN_PUNCTUATION or unicodedata.category(mark).startswith("S")
