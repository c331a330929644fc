"""The phoneme symbols of the published speech models and their ids.

The table has 183 rows: the 178 symbols of VITS (arXiv:2106.06103) in their order, then
five special tokens of AudioLDM 2; the last of these ends every text. Each symbol has
one id; no blank tokens are inserted between symbols. The apostrophe is in the list
twice and has the id of its second entry.
"""

PAD = "_"
TERMINATOR = "\u26a0"
MAX_LENGTH = 310  # ids of a text, including the end token

_PUNCTUATION = ';:,.!?¡¿—…"«»“” '
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_IPA = (
    "ɑɐɒæɓʙβɔɕçɗɖðʤəɘɚɛɜɝɞɟʄɡɠɢʛɦɧħɥʜɨɪʝɭɬɫɮʟɱɯɰŋɳɲɴøɵɸθœɶʘɹɺɾɻʀʁɽ"
    "ʂʃʈʧʉʊʋⱱʌɣɤʍχʎʏʑʐʒʔʡʕʢǀǁǂǃˈˌːˑʼʴʰʱʲʷˠˤ˞↓↑→↗↘'\u0329'ᵻ"
)
_SPECIALS = "\u266a\u260e\u2612\u261d" + TERMINATOR

SYMBOLS: tuple[str, ...] = (PAD, *_PUNCTUATION, *_LETTERS, *_IPA, *_SPECIALS)
IDS: dict[str, int] = {symbol: place for place, symbol in enumerate(SYMBOLS)}
