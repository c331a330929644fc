"""The published phoneme symbols."""

from espnet2.gen_audio.text.published_phonemes import (
    IDS,
    SYMBOLS,
    TERMINATOR,
)


def test_the_table_is_the_published_one():
    assert len(SYMBOLS) == 183 and len(IDS) == 182
    assert SYMBOLS[0] == "_" and IDS[" "] == 16
    assert SYMBOLS[17:69] == tuple(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    )
    # the apostrophe stands there twice: its id is the later place
    assert [n for n, s in enumerate(SYMBOLS) if s == "'"] == [174, 176]
    assert IDS["'"] == 176 and SYMBOLS[177] == "ᵻ"
    assert TERMINATOR == "\u26a0" and IDS[TERMINATOR] == 182
