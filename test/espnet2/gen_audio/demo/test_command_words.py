"""What is entered becomes words that the command's own parser reads, and no others."""

from pathlib import Path

import pytest

from espnet2.gen_audio.bin.gen_audio import get_parser
from espnet2.gen_audio.demo.command_words import entered_words, given_words
from espnet2.gen_audio.demo.fields import FIELDS

PARSER = get_parser()


def words_of(**entries):
    return entered_words(PARSER, FIELDS, entries)


def parsed(words):
    return PARSER.parse_args(["--model=x", *words])


def test_what_is_empty_or_the_default_has_no_words():
    entries = dict(prompt="", preset="balanced", seed="0", source=None, loa_only=False)
    assert words_of(**entries, task="text_to_audio") == []


def test_entries_are_read_as_the_options_of_their_names():
    args = parsed(
        words_of(
            prompt="a dog",
            task="inpainting",
            source="/tmp/in.wav",
            span="0.3 0.5\n\n 1 2 ",
            fade="0",
            seed="7",
            negative_prompt="two\nlines",
        )
    )
    assert (args.prompt, args.task, args.seed) == ("a dog", "inpainting", 7)
    assert args.span == [[0.3, 0.5], [1.0, 2.0]] and args.fade == 0.0
    assert args.source == Path("/tmp/in.wav") and args.negative_prompt == "two\nlines"
    flag = parsed(words_of(task="continuation", source="in.wav", loa_only=True))
    assert flag.loa_only


@pytest.mark.parametrize("text", ["--json", "-o x.wav", "-", "--model=y", "-1"])
def test_no_text_is_taken_for_another_option(text):
    args = parsed(words_of(prompt=text, transcript=text, negative_prompt=text))
    assert (args.prompt, args.transcript, args.negative_prompt) == (text,) * 3
    assert (args.model, args.output, args.json) == ("x", None, False)


def test_a_double_dash_is_a_prompt_and_no_other_text():
    assert parsed(words_of(prompt="--")).prompt == "--"
    with pytest.raises(ValueError, match="--transcript: got '--'; give words"):
        words_of(transcript="--")


def test_what_a_task_does_not_read_is_hidden_and_has_no_words():
    entries = dict(source="in.wav", span="1 2", cut="900", strength="0.5")
    assert words_of(task="text_to_audio", seconds="2", **entries) == ["--seconds=2"]
    words = words_of(task="super_resolution", seconds="2", **entries)
    assert words == ["--task=super_resolution", "--source=in.wav", "--cut=900"]


@pytest.mark.parametrize(
    "entry, message",
    [
        ("1", "--span: got '1'; give lines of start and end"),
        ("1 2 3", "--span: got '1 2 3'; give lines"),
        ("0 --json", "argument --span: got '--json'; give a number of 0 or more"),
        ("-1 2", "argument --span: got '-1'; give a number of 0 or more"),
    ],
)
def test_spans_are_lines_of_two_numbers(entry, message):
    with pytest.raises(ValueError, match=message):
        words_of(task="inpainting", source="in.wav", span=entry)


def test_options_beside_the_page_are_the_same_when_read_again():
    given = (
        "--model full --dtype bfloat16 --guidance_interval 0.1 0.9 --low_memory "
        "--condition a=b --condition c=d --behaviour official --port 7900 --demo"
    )
    args = PARSER.parse_args(given.split())
    words = given_words(PARSER, args, ("demo", "port"))
    again = PARSER.parse_args([*words, "--demo", "--port=7900"])
    assert again == args
    assert given_words(PARSER, parsed([]), ()) == ["--model=x"]
