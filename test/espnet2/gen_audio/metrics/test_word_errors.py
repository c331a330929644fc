"""Word errors: texts written alike, edits of known pairs, ratios with intervals."""

import itertools

import numpy as np
import pytest

from espnet2.gen_audio.metrics.word_errors import (
    bootstrap_ratio,
    count_errors,
    normal_words,
)

DIGITS = "zero one two three four five six seven eight nine".split()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Seven, EIGHT!", "seven eight"),
        ("7 8", "seven eight"),
        ("I\u2019ve 42 cats", "i've forty two cats"),
        ("13 90 0", "thirteen ninety zero"),
        ("604", "six zero four"),
        ("05", "zero five"),
        ("well-known", "well known"),
        ("'quoted'", "quoted"),
        ("", ""),
    ],
)
def test_texts_are_written_alike(text, words):
    assert normal_words(text) == words.split()


def test_a_number_is_read_as_the_vocabulary_can_say_it():
    assert normal_words("64", DIGITS) == ["six", "four"]
    assert normal_words("64", [*DIGITS, "sixty"]) == ["sixty", "four"]


@pytest.mark.parametrize(
    ("said", "heard", "counts"),
    [
        ("a b c", "a b c", (0, 0, 0)),
        ("a b c", "a x c", (1, 0, 0)),
        ("a b c", "a c", (0, 1, 0)),
        ("a b c", "a b b c", (0, 0, 1)),
        ("a b c", "", (0, 3, 0)),
        ("a b", "b c", (0, 1, 1)),  # not two substitutions: one word is right
    ],
)
def test_edits_of_known_pairs(said, heard, counts):
    errors = count_errors(said.split(), heard.split())
    found = (errors.substitutions, errors.deletions, errors.insertions)
    assert found == counts and errors.all == sum(counts)
    assert errors.right == errors.length - counts[0] - counts[1]


def test_the_number_of_edits_is_levenshteins():
    editdistance = pytest.importorskip("editdistance")
    for said, heard in itertools.product(itertools.product("ab", repeat=4), repeat=2):
        errors = count_errors(said, heard[:3])
        assert errors.all == editdistance.eval(said, heard[:3])
        assert min(errors.substitutions, errors.deletions, errors.insertions) >= 0


def test_a_ratio_is_of_sums_and_its_interval_holds_it():
    rng = np.random.default_rng(0)
    wholes = rng.integers(1, 5, 60)
    parts = rng.binomial(wholes, 0.3)
    groups = [f"u{n}" for n in range(60)]
    found = bootstrap_ratio(parts, wholes, groups, 500, 0)
    assert found.value == parts.sum() / wholes.sum()
    assert found.low < found.value < found.high


def test_seeds_of_one_utterance_do_not_narrow_the_interval():
    rng = np.random.default_rng(1)
    parts, wholes = rng.integers(0, 4, 40), np.full(40, 3)
    groups = [f"u{n}" for n in range(40)]
    once = bootstrap_ratio(parts, wholes, groups, 300, 0)
    twice = bootstrap_ratio([*parts, *parts], [*wholes, *wholes], groups * 2, 300, 0)
    assert (twice.low, twice.high) == pytest.approx((once.low, once.high))


def test_nothing_to_divide_by_is_refused():
    with pytest.raises(ValueError, match="something to divide by"):
        bootstrap_ratio([0], [0], ["a"], 10, 0)
