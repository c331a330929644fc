"""Options of sets: the request they make, and what must be given."""

from argparse import ArgumentParser
from pathlib import Path

import pytest

from espnet2.gen_audio.metrics.protocol.options import add_set_options, request_of
from espnet2.gen_audio.metrics.protocol.sets import Part, SetTables


@pytest.fixture
def parse():
    parser = ArgumentParser()
    parser.add_argument("--output_dir", type=Path)
    parser.set_defaults(draws=9, seed=1, num_threads=2)
    add_set_options(parser)
    return lambda *words: request_of(parser.parse_args(words))


def test_the_request_has_what_was_given_and_the_default_protocol(parse):
    words = "--generated a b --reference r --output_dir o --compare a b".split()
    request = parse(*words)
    assert request.tables == SetTables(["a", "b"], Path("r"))
    assert request.protocol == "offline" and request.compared == ["a", "b"]
    assert request.options.draws == 9 and request.options.num_threads == 2


def test_each_missing_option_is_named(parse):
    with pytest.raises(ValueError, match="--reference must be given"):
        parse("--generated", "a", "--output_dir", "o")


def test_a_part_of_an_array_is_read_and_compares_nothing(parse):
    words = "--generated a b --reference r --output_dir o".split()
    assert parse(*words).options.part is None
    assert parse(*words, "--part", "2/4").options.part == Part(2, 4)
    with pytest.raises(ValueError, match="--part '5/4' is not <job>/<jobs>"):
        parse(*words, "--part", "5/4")
    with pytest.raises(ValueError, match="--compare is for the run without --part"):
        parse(*words, "--part", "1/4", "--compare", "a", "b")
