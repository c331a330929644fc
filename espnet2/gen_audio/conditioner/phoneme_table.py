"""The phoneme symbols of the published speech models, and text of them to ids.

183 rows: the 178 symbols of VITS (arXiv:2106.06103) in their order, then five specials
of AudioLDM 2, of which the last ends every text. One symbol is one id, without blanks
between. The apostrophe stands in the list twice; its id is that of the later place.
"""

from collections import Counter
from collections.abc import Sequence

PAD = "_"
TERMINATOR = "\u26a0"
MAX_LENGTH = 310  # ids of a text, the terminator included

_PUNCTUATION = ';:,.!?¡¿—…"«»“” '
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_IPA = (
    "ɑɐɒæɓʙβɔɕçɗɖðʤəɘɚɛɜɝɞɟʄɡɠɢʛɦɧħɥʜɨɪʝɭɬɫɮʟɱɯɰŋɳɲɴøɵɸθœɶʘɹɺɾɻʀʁɽ"
    "ʂʃʈʧʉʊʋⱱʌɣɤʍχʎʏʑʐʒʔʡʕʢǀǁǂǃˈˌːˑʼʴʰʱʲʷˠˤ˞↓↑→↗↘'\u0329'ᵻ"
)
_SPECIALS = "\u266a\u260e\u2612\u261d" + TERMINATOR

SYMBOLS: tuple[str, ...] = (PAD, *_PUNCTUATION, *_LETTERS, *_IPA, *_SPECIALS)
IDS: dict[str, int] = {symbol: place for place, symbol in enumerate(SYMBOLS)}


def phoneme_ids(phonemes: str) -> tuple[list[int], Counter]:
    """Turn phonemes into the ids that the published encoder reads.

    Symbols that the table lacks are left out and counted. The authors' code maps them
    to the id of the pad, which also shortens the mask at its end.

    Args:
        phonemes: Symbols of the international phonetic alphabet, as espeak writes
            them, with punctuation.

    Returns:
        Ids, the terminator at the end, and how often each unknown symbol stood there.

    Raises:
        ValueError: If no symbol is known, or there are too many.
    """
    unknown = Counter(symbol for symbol in phonemes if symbol not in IDS)
    # the pad is no symbol of a text: its id means "nothing here"
    known = [IDS[s] for s in phonemes if s in IDS and s != PAD]
    if not known:
        raise ValueError(
            f"phonemes {phonemes!r} hold no known symbol; give text that was turned "
            "into phonemes, as espeak writes them"
        )
    if len(known) >= MAX_LENGTH:
        raise ValueError(
            f"a text of {len(known)} phonemes was given; {MAX_LENGTH - 1} fit: split it"
        )
    return [*known, IDS[TERMINATOR]], unknown


def as_text(ids: Sequence[int]) -> str:
    """Return the symbols of ids.

    Args:
        ids: Ids below 183.

    Returns:
        Their symbols in a row.
    """
    return "".join(SYMBOLS[place] for place in ids)
