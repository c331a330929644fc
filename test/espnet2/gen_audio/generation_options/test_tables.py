"""Tables of requests."""

import argparse
from copy import copy
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch

from espnet2.gen_audio.compat import MatrixWriter
from espnet2.gen_audio.generation_options.tables import (
    check_tables,
    requests_of,
    spoken_captions,
)
from espnet2.gen_audio.generation_options.task_options import add_task_options
from espnet2.gen_audio.text.phoneme_reader import PhonemeReader

CAPTIONS = {"a": "rain", "b": "a dog"}


@pytest.fixture
def ask(tmp_path, source):
    """Return requests of options and of tables, given as text."""
    soundfile.write(tmp_path / "in.wav", source.wave.numpy(), 16000)

    def run(*words, condition=(), **tables):
        parser = argparse.ArgumentParser()
        add_task_options(parser)
        args = parser.parse_args(words)
        for name in ("source_scp", "spans", "utt2dur", "utt2seed"):
            path = None
            if name in tables:
                path = tmp_path / name
                path.write_text(tables[name].replace("IN", str(tmp_path / "in.wav")))
            setattr(args, name, path)
        args.condition = condition
        return requests_of(args, CAPTIONS, 16000)

    return run


def test_lengths_and_seeds_are_those_of_the_tables(ask):
    first, second = ask(utt2dur="a 1.5\nb 2\n", utt2seed="a 3\nb 4\n")
    assert (first.seconds, first.seed, second.seconds, second.seed) == (1.5, 3, 2.0, 4)
    assert [r.seconds for r in ask("--seconds", "0.5")] == [0.5, 0.5]


def test_sounds_and_stretches_reach_the_tasks(ask, source):
    first, second = ask(
        "--task",
        "inpainting",
        source_scp="a IN\nb IN\n",
        spans="a 0.1 0.2\na 0.4 0.5\nb 0.3 0.4\n",
    )
    assert first.task.spans == [(0.1, 0.2), (0.4, 0.5)]
    assert second.task.spans == [(0.3, 0.4)]
    torch.testing.assert_close(first.task.source.wave, source.wave, atol=1e-4, rtol=0)


@pytest.fixture
def contours(tmp_path):
    """An index of matrices, one an id."""
    with MatrixWriter(tmp_path / "c.ark", tmp_path / "c.scp") as writer:
        for number, utt_id in enumerate(CAPTIONS):
            writer[utt_id] = np.full((3, 1), number)
    return tmp_path / "c.scp"


def test_matrices_of_an_index_reach_the_requests_by_the_name_of_the_condition(
    ask, contours
):
    first, second = ask(condition=[f"loudness={contours}"])
    assert torch.equal(first.conditions["loudness"], torch.zeros(3, 1))
    assert torch.equal(second.conditions["loudness"], torch.ones(3, 1))
    assert ask()[0].conditions == {}


def test_an_index_of_a_condition_needs_every_id(ask, contours):
    contours.write_text(contours.read_text().splitlines()[0] + "\n")
    with pytest.raises(ValueError, match="c.scp has no line for b; add them"):
        ask(condition=[f"loudness={contours}"])


@pytest.fixture
def check(tmp_path):
    """Run the check of tables, given as text, before a model is loaded."""
    names = "text key_file transcript phonemes source_transcript source_scp spans"

    def run(*words, **tables):
        parser = argparse.ArgumentParser()
        add_task_options(parser)
        args = parser.parse_args(words)
        for name in (*names.split(), "utt2dur", "utt2seed"):
            path = tmp_path / name if name in tables else None
            if path:
                path.write_text(tables[name])
            setattr(args, name, path)
        args.condition = []
        check_tables(args)

    return run


def test_a_caption_of_invisible_characters_is_empty(check):
    with pytest.raises(ValueError, match="line 2: b without words"):
        check(text="a rain\nb \u200b\u2060\n")


@pytest.mark.parametrize(
    "tables, message",
    [
        ({"text": "a rain\nb\n"}, "text, line 2: b without words; write them"),
        ({"text": "a rain\nb\nc\n"}, "text, line 2: b and 1 more ids without words"),
        ({"utt2dur": "a 1\n"}, "utt2dur has no line for b; add them"),
        ({"utt2dur": "\ufeffa 1\n\nb nan\n"}, "utt2dur, line 3: b: got 'nan'; give"),
        ({"utt2seed": "a 1\nb 1.5\n"}, "utt2seed, line 2: b: got '1.5'; give"),
        ({"utt2dur": "a 1_0\nb 1\n"}, "utt2dur, line 1: a: got '1_0'; give"),
        ({"utt2dur": "a 1\nb 1e9\n"}, "line 2: b: got '1e9'; give .* to 3600"),
        ({"spans": "a 0 1\nb 2 1\n"}, "line 2: b '2 1' is not .*the end after"),
        ({"spans": "a 0 1\nb nan 1\n"}, "line 2: b 'nan 1' is not"),
        ({"utt2seed": "a 1\n../b 1\n"}, "utt2seed, line 2: id '../b' cannot be a file"),
        ({"spans": "a 0 1\na 2 3\n"}, "spans has no line for b; add them"),
        ({"spans": "a 0 1\nb 1\n"}, "spans, line 2: b '1' is not '<id> <start> <end>'"),
        ({"source_scp": "a x.wav\nb y.wav\n"}, "source_scp, line 1: a names the sound"),
        ({"phonemes": "a x\nb\n", "text": "a c\nb\n"}, "line 2: b without words"),
        (
            {"transcript": "a x\n", "phonemes": "a x\n"},
            "two forms of one text; give one of them",
        ),
    ],
)
def test_faults_of_tables_are_told_by_line_before_a_model_is_loaded(
    check, tables, message
):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        check(**{"text": "a rain\nb a dog\n"} | tables)


def test_only_the_lines_of_this_job_are_looked_at(check):
    check(text="a rain\nb\n", key_file="a\n", utt2dur="a 1\n")
    with pytest.raises(ValueError, match="line 2: b without words"):
        check(text="a rain\nb\n", key_file="b\n")


def test_captions_may_be_empty_where_something_else_is_given(check, tmp_path):
    check(text="a\nb\n", transcript="a hi\nb you\n")
    (tmp_path / "in.wav").write_bytes(b"x")
    sounds = f"a {tmp_path}/in.wav\nb {tmp_path}/in.wav\n"
    check("--task", "continuation", text="a\nb\n", source_scp=sounds)
    with pytest.raises(ValueError, match="line 1: a and 1 more ids without words"):
        check("--task", "style_transfer", text="a\nb\n", source_scp=sounds)


@pytest.mark.parametrize(
    "tables, message",
    [
        ({"utt2dur": "a 1\n"}, "no line for b"),
        ({"utt2dur": "a long\nb 1\n"}, "a: got 'long'; give a number above 0"),
        ({"spans": "a 1\n"}, "is not '<id> <start> <end>'"),
        ({"source_scp": "a nowhere.wav\nb IN\n"}, "does not exist"),
    ],
)
def test_a_table_that_lacks_something_is_named(ask, tables, message):
    with pytest.raises(ValueError, match=message):
        ask(**tables)


def test_words_of_given_sounds_go_before_those_to_say(tmp_path, speech):
    from types import SimpleNamespace

    (tmp_path / "said").write_text("a bad dog\nb hello\n")
    (tmp_path / "before").write_text("a a b\nb go\n")
    args = SimpleNamespace(
        transcript=tmp_path / "said",
        phonemes=None,
        source_transcript=tmp_path / "before",
    )
    found = spoken_captions(args, CAPTIONS, speech)
    assert found == {"a": "rain | a b bad dog", "b": "a dog | go hello"}
    args.transcript = args.source_transcript = None
    assert spoken_captions(args, CAPTIONS, speech) is CAPTIONS


def test_a_line_without_words_is_no_speech_for_a_model_that_knows_sounds(
    tmp_path, speech
):
    from types import SimpleNamespace

    (tmp_path / "said").write_text("a bad dog\nb\n")
    args = SimpleNamespace(
        transcript=tmp_path / "said", phonemes=None, source_transcript=None
    )
    with pytest.raises(ValueError, match="said, line 2: b without words"):
        spoken_captions(args, CAPTIONS, speech)
    reader = PhonemeReader({**speech.encoder.reader.conf, "optional": True})
    encoder = copy(speech.encoder)
    encoder.reader = reader
    mixed = replace(speech, encoder=encoder)
    found = spoken_captions(args, CAPTIONS, mixed)
    assert found == {"a": "rain | bad dog", "b": "a dog"}
