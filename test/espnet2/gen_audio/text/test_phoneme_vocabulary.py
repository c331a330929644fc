"""Vocabularies of phonemes: the published one, one's own, and what they refuse."""

import logging

import pytest
import yaml

from espnet2.gen_audio.text.front_end import SPACE
from espnet2.gen_audio.text.phoneme_vocabulary import PhonemeVocabulary
from espnet2.gen_audio.text.published_phonemes import MAX_LENGTH

OWN = ["<blank>", "<unk>", SPACE, "AH0", "HH", "<sos/eos>"]


@pytest.fixture(scope="module")
def published():
    return PhonemeVocabulary("published")


def test_the_published_ids_of_a_word_are_those_of_the_table(published):
    # pad, 16 marks, 52 letters, 109 signs of the IPA, 5 specials: counted by hand
    ids, unknown = published.encode("həlˈoʊ")
    assert ids == [50, 83, 54, 156, 57, 135, 182] and not unknown
    assert len(published) == 183 and published.terminator == 182


def test_space_and_apostrophe_have_their_published_ids(published):
    assert published.encode(["a", SPACE, "'", " "])[0] == [43, 16, 176, 16, 182]


def test_one_s_own_list_is_counted_from_the_blank_and_ended_by_the_last():
    vocabulary = PhonemeVocabulary(OWN)
    assert vocabulary.encode(["HH", SPACE, "AH0"])[0] == [4, 2, 3, 5]
    assert vocabulary.empty() == [5]


@pytest.mark.parametrize("tokens", ["published", OWN])
def test_unknown_tokens_are_left_out_and_counted_never_made_pads(tokens):
    vocabulary = PhonemeVocabulary(tokens)
    known = vocabulary.tokens[3]
    strange = ["Ж", known, "Ж", "<unk>", "<blank>", "<sos/eos>", "_", "\u26a0"]
    ids, unknown = vocabulary.encode(strange)
    assert ids == [3, vocabulary.terminator]
    assert unknown["Ж"] == 2 and unknown.total() == 7


def test_a_vocabulary_of_texts_is_sorted_and_does_not_depend_on_their_order():
    texts = [["HH", SPACE], ["AH0", "HH"]]
    assert list(PhonemeVocabulary.of_texts(texts).tokens) == OWN
    assert PhonemeVocabulary.of_texts(texts[::-1]) == PhonemeVocabulary(OWN)


@pytest.mark.parametrize("tokens", ["published", OWN, [*OWN[:2], "no", "1", OWN[-1]]])
def test_config_yaml_keeps_the_whole_vocabulary(tokens):
    vocabulary = PhonemeVocabulary(tokens)
    kept = yaml.safe_load(yaml.safe_dump(vocabulary.to_plain(), allow_unicode=True))
    assert kept == tokens and PhonemeVocabulary(kept) == vocabulary


def test_a_token_list_is_read_from_its_file_and_from_its_folder(tmp_path):
    vocabulary = PhonemeVocabulary(OWN)
    vocabulary.write(tmp_path / "token_list")
    path = tmp_path / "token_list" / "tokens.txt"
    assert path.read_text().splitlines() == OWN
    for place in (path, path.parent):
        assert PhonemeVocabulary.from_file(place) == vocabulary
    vocabulary.write(tmp_path / "other.txt")
    assert PhonemeVocabulary.from_file(tmp_path / "other.txt") == vocabulary
    assert PhonemeVocabulary.from_file("published") == PhonemeVocabulary("published")


@pytest.mark.parametrize("tokens", ["published", OWN])
def test_a_text_without_a_known_token_is_refused(tokens):
    for text in ([], ["Ж"], ["<unk>", "_"]):
        with pytest.raises(ValueError, match="no known symbol"):
            PhonemeVocabulary(tokens).encode(text)


def test_a_text_that_is_too_long_is_refused_with_what_fits(published):
    assert len(published.encode("a" * (MAX_LENGTH - 1))[0]) == MAX_LENGTH == 310
    with pytest.raises(ValueError, match="309 fit: split it"):
        published.encode("a" * MAX_LENGTH)
    with pytest.raises(ValueError, match="2 fit"):
        PhonemeVocabulary(OWN, max_length=3).encode(["HH"] * 3)


@pytest.mark.parametrize(
    "tokens, message",
    [
        (OWN[1:], "begins with <blank>"),
        (OWN[:-1], "ends with <sos/eos>"),
        ([*OWN[:2], OWN[-1]], "a phoneme between"),
        ([*OWN[:3], "HH", "HH", OWN[-1]], "'HH' occurs 2 times"),
        ([*OWN[:3], "", OWN[-1]], "contains white space"),
        ([*OWN[:3], "A B", OWN[-1]], "contains white space"),
        ([*OWN[:3], False, OWN[-1]], "nor a list of strings"),
        ("own", "nor a list of strings"),
        ([], "0 lines were given"),
    ],
)
def test_what_is_no_token_list_is_refused(tokens, message):
    with pytest.raises(ValueError, match=message):
        PhonemeVocabulary(tokens)


def test_a_list_that_is_not_there_or_wrong_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="gone/tokens.txt does not exist"):
        PhonemeVocabulary.from_file("gone/tokens.txt")
    (tmp_path / "tokens.txt").write_text("HH\n")
    with pytest.raises(ValueError, match=f"{tmp_path}/tokens.txt: a token list"):
        PhonemeVocabulary.from_file(tmp_path)


def test_the_authors_ids_are_those_that_their_mask_leaves():
    published = PhonemeVocabulary("published")
    ids, unknown = published.encode("aЖbЖ", official=True)
    # theirs: ids 43 0 44 0 182, of which the first three count
    assert ids == [43, 0, 44] and unknown == {"Ж": 2}
    assert published.encode("ab", official=True) == published.encode("ab")


def test_a_text_too_long_is_refused_or_cut_as_the_authors_do(caplog):
    published = PhonemeVocabulary("published", max_length=4)
    with pytest.raises(ValueError, match="5 phonemes was given; 3 fit"):
        published.encode("abcde")
    with caplog.at_level(logging.WARNING):
        assert published.encode("abcde", official=True)[0] == [43, 44, 45, 46]
    assert "5 phonemes and the end token were given, but 4 fit" in caplog.text
    assert "cut off, as by the authors' code: 'e the end token'" in caplog.text


def test_a_byte_order_mark_is_no_part_of_the_first_token(tmp_path):
    path = tmp_path / "tokens.txt"
    path.write_text("\n".join(OWN), encoding="utf-8-sig")
    assert PhonemeVocabulary.from_file(path).tokens == PhonemeVocabulary(OWN).tokens
