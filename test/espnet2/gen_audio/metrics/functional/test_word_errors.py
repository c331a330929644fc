"""Word errors: edits of known pairs, and those of other libraries."""

import itertools
import random

import pytest

from espnet2.gen_audio.metrics.functional.word_errors import count_errors


@pytest.mark.parametrize(
    ("transcript", "recognised", "counts"),
    [
        ("a b c", "a b c", (0, 0, 0)),
        ("a b c", "a x c", (1, 0, 0)),
        ("a b c", "a c", (0, 1, 0)),
        ("a b c", "a b b c", (0, 0, 1)),
        ("a b c", "", (0, 3, 0)),
        ("a b", "b c", (0, 1, 1)),  # not two substitutions: one word is correct
    ],
)
def test_edits_of_known_pairs(transcript, recognised, counts):
    errors = count_errors(transcript.split(), recognised.split())
    found = (errors.substitutions, errors.deletions, errors.insertions)
    assert found == counts and errors.edits == sum(counts)
    assert errors.correct == errors.length - counts[0] - counts[1]


def test_the_number_of_edits_is_levenshteins():
    editdistance = pytest.importorskip("editdistance")
    for transcript, recognised in itertools.product(
        itertools.product("ab", repeat=4), repeat=2
    ):
        errors = count_errors(transcript, recognised[:3])
        assert errors.edits == editdistance.eval(transcript, recognised[:3])
        assert min(errors.substitutions, errors.deletions, errors.insertions) >= 0


def test_the_number_of_edits_is_that_of_jiwer_and_its_alignment_is_never_better():
    jiwer = pytest.importorskip("jiwer")
    rng = random.Random(0)
    for _ in range(500):
        transcript, recognised = (
            [rng.choice("abc") for _ in range(rng.randint(1, 8))] for _ in range(2)
        )
        ours = count_errors(transcript, recognised)
        theirs = jiwer.process_words(" ".join(transcript), " ".join(recognised))
        edits = theirs.substitutions + theirs.deletions + theirs.insertions
        assert ours.edits == edits and ours.correct >= theirs.hits


def most_correct(transcript, recognised):
    """Return fewest edits and most correct units, one cell of the matrix at a time."""
    row = [(n, 0) for n in range(len(recognised) + 1)]
    for number, unit in enumerate(transcript, 1):
        above, row = row, [(number, number)]
        for n, other in enumerate(recognised, 1):
            edits, lost = above[n - 1]
            match = (edits, lost) if unit == other else (edits + 1, lost + 1)
            deletion = (above[n][0] + 1, above[n][1] + 1)
            row.append(min(match, deletion, (row[n - 1][0] + 1, row[n - 1][1])))
    return row[-1][0], len(transcript) - row[-1][1]


def test_among_shortest_alignments_the_one_with_most_correct_units_counts():
    rng = random.Random(1)
    for _ in range(500):
        pair = [[rng.choice("abcd") for _ in range(rng.randint(0, 9))] for _ in "xy"]
        errors = count_errors(*pair)
        assert (errors.edits, errors.correct) == most_correct(*pair)
