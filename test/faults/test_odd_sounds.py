"""A corpus of broken and odd sound files: the exact verdict on each of them."""

import json
import subprocess
import sys
from importlib import util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("odd_sounds.py")


def load_script():
    spec = util.spec_from_file_location("odd_sounds", SCRIPT)
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return load_script().corpus(tmp_path_factory.mktemp("expected"))


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """Take the corpus through stages 2 and 3 in a process of its own."""
    command = [sys.executable, SCRIPT, tmp_path_factory.mktemp("odd")]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(ended.stdout)


def test_each_file_gets_its_verdict_with_the_reason_word_for_word(corpus, result):
    expected = {odd.id: odd.verdict for odd in corpus}
    used = {name: int(samples) for name, samples in result["used"].items()}
    assert used | result["left_out"] == expected


def test_the_corpus_is_large_and_every_container_is_in_it_cut_at_three_places(corpus):
    import soundfile

    assert len(corpus) >= 60 and len({odd.id for odd in corpus}) == len(corpus)
    names = {odd.name.rpartition(".")[2] for odd in corpus}
    assert {name.lower() for name in soundfile.available_formats()} <= names
    for name in (
        "wav",
        "flac",
        "ogg",
        "mp3",
        "aiff",
        "rf64",
        "au",
        "w64",
        "nist",
        "voc",
    ):
        cuts = [
            o for o in corpus if o.name.endswith(name) and o.name.startswith("cut_")
        ]
        assert len(cuts) >= 3 and all(str(o.verdict).startswith("trunc") for o in cuts)


def test_no_stage_ends_and_time_and_memory_stay_within_bounds(result):
    assert result["seconds"] < 10  # all files together
    assert result["bytes"] < 1 << 30
