"""Tables of requests."""

import argparse

import pytest
import soundfile
import torch

from espnet2.gen_audio.requests.options import add_task_options
from espnet2.gen_audio.requests.tables import requests_of, spoken_captions

CAPTIONS = {"a": "rain", "b": "a dog"}


@pytest.fixture
def ask(tmp_path, source):
    """Return requests of options and of tables, given as text."""
    soundfile.write(tmp_path / "in.wav", source.wave.numpy(), 16000)

    def run(*words, **tables):
        parser = argparse.ArgumentParser()
        add_task_options(parser)
        args = parser.parse_args(words)
        for name in ("source_scp", "spans", "utt2dur", "utt2seed"):
            path = None
            if name in tables:
                path = tmp_path / name
                path.write_text(tables[name].replace("IN", str(tmp_path / "in.wav")))
            setattr(args, name, path)
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


@pytest.mark.parametrize(
    "tables, message",
    [
        ({"utt2dur": "a 1\n"}, "no line for b"),
        ({"utt2dur": "a long\nb 1\n"}, "a 'long' is no number"),
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
