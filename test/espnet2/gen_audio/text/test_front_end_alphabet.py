"""Alphabets and cleaners of the front ends."""

import pytest

from espnet2.gen_audio.text.front_end_alphabet import (
    alphabet_of,
    is_sign,
    misfit,
)


@pytest.mark.parametrize(
    "g2p, text, some, every",
    [
        ("g2p_en_no_space", "café 5%", True, True),
        ("g2p_en", "привет", False, False),
        ("g2p_en", "привет you", True, False),
        ("published", "5 % !", True, True),
        ("espeak_ng_russian", "привет", True, True),
        ("espeak_ng_greek", "привет", False, False),
        ("espeak_ng_hindi", "नमस्ते", True, True),
        ("espeak_ng_polish", "zażółć", True, True),
        ("pyopenjtalk_prosody", "こんにちは、世界", True, True),
        ("pypinyin_g2p_phone", "你好 abc", True, True),
        ("korean_jaso", "안녕", True, True),
        ("g2pk", "안녕", True, True),
        ("char", "こんにちは", True, True),
        ("a type of tomorrow", "こんにちは", True, True),
    ],
)
def test_each_front_end_reads_the_letters_of_its_language(g2p, text, some, every):
    alphabet = alphabet_of(g2p)
    assert alphabet.reads_some(text) is some
    assert all(map(alphabet.has, text)) is every


@pytest.mark.parametrize(
    "g2p, cleaner",
    [
        ("g2p_en", "tacotron"),
        ("g2p_en_no_space", None),
        ("char", "tacotron"),
        ("char", "none"),
        ("published", None),
        ("espeak_ng_english_us_vits", "whisper_en"),
        ("pyopenjtalk", "jaconv"),
        ("g2pk_no_space", "korean_cleaner"),
        ("a type of tomorrow", "tacotron"),
    ],
)
def test_cleaners_that_fit_are_taken(g2p, cleaner):
    assert misfit(g2p, cleaner) is None


@pytest.mark.parametrize(
    "g2p, cleaner",
    [
        ("espeak_ng_english_us_vits", "tacotron"),
        ("espeak_ng_german", "tacotron"),
        ("espeak_ng_russian", "whisper_en"),
        ("published", "tacotron"),
        ("pyopenjtalk", "tacotron"),
        ("g2pk", "jaconv"),
    ],
)
def test_cleaners_that_do_not_fit_are_named_with_those_that_do(g2p, cleaner):
    reason = misfit(g2p, cleaner)
    assert reason.startswith(f"--cleaner {cleaner} was given with --g2p {g2p}, which")
    assert "use --cleaner none" in reason and "\n" not in reason


def test_messages_name_the_letters():
    assert str(alphabet_of("espeak_ng_russian")) == "Cyrillic, Latin letters"
    assert str(alphabet_of("char")) == "letters of any script"


def test_signs_are_what_people_say_and_punctuation_is_not():
    assert all(map(is_sign, "%&@#$€£+=<>*/°☃"))
    assert not any(map(is_sign, "ab1é.,;:!?'\"()[]-–—… "))
