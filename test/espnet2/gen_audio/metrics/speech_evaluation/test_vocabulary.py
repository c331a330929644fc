"""A closed vocabulary: which token may follow which, and the option that names it."""

import itertools

import pytest

from espnet2.gen_audio.metrics.speech_evaluation.vocabulary import (
    Vocabulary,
    read_vocabulary,
)

END = 99
# 'six' begins 'sixteen'; 'seven' is another word of two tokens
WORDS = Vocabulary({"six": (1,), "sixteen": (1, 2), "seven": (3, 2)})


def reachable(length):
    """Return every finished text of at most so many tokens that the rule lets pass."""
    done, begun = set(), [()]
    for _ in range(length + 1):
        longer = []
        for text in begun:
            for token in WORDS.allowed(text, END):
                if token == END:
                    done.add(text)
                else:
                    longer.append((*text, token))
        begun = longer
    return done


def test_exactly_the_sequences_of_whole_words_can_be_written():
    words = list(WORDS.spellings.values())
    expected = {
        tuple(itertools.chain(*some))
        for count in range(1, 5)
        for some in itertools.product(words, repeat=count)
    }
    assert reachable(4) == {text for text in expected if len(text) <= 4}


def test_a_text_begins_with_a_word_and_cannot_be_empty():
    assert WORDS.allowed([], END) == {1, 3}


def test_a_word_is_encoded_with_the_space_before_it():
    one = Vocabulary.of(["a", "bc"], lambda text: [len(text)])
    assert one.spellings == {"a": (2,), "bc": (3,)} and one.one_token_each
    assert not WORDS.one_token_each


def test_words_come_from_the_option_or_from_a_file(tmp_path):
    assert read_vocabulary("One two one") == ["one", "two"]
    file = tmp_path / "words"
    file.write_text("yes\nno\n")
    assert read_vocabulary(str(file)) == ["yes", "no"]


@pytest.mark.parametrize(
    ("given", "message"), [("one", "two or more"), ("one 2", "write numbers")]
)
def test_what_is_no_choice_of_words_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        read_vocabulary(given)


def test_a_byte_order_mark_is_no_part_of_the_first_word(tmp_path):
    (tmp_path / "words").write_text("one two\n", encoding="utf-8-sig")
    assert read_vocabulary(str(tmp_path / "words")) == ["one", "two"]
