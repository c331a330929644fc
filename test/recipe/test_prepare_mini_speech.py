"""The small speech corpus has separate sets, short utterances and two voices."""

import csv
import importlib.util
from pathlib import Path

import numpy as np
import pytest
import soundfile

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "egs2" / "audioldm2" / "local" / "prepare_mini_speech.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("prepare_mini_speech", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tone(text, lengthened):
    """Return a tone of 100 Hz with 0.3 s per word, times the factor of durations."""
    seconds = 0.3 * len(text.split()) * lengthened
    time = np.arange(int(22050 * seconds)) / 22050
    return np.sin(2 * np.pi * 100 * time).astype(np.float32), 22050


def pitch(wave):
    return np.abs(np.fft.rfft(wave)).argmax() * 16000 / len(wave)


def test_no_sequence_of_words_stands_in_two_sets_or_twice(script):
    sets = script.draw_sequences({"train": 2000, "valid": 64, "test": 120}, 0)
    drawn = [text for texts in sets.values() for text in texts]
    assert len(set(drawn)) == len(drawn) == 2184
    for texts in sets.values():
        assert {len(text.split()) for text in texts} == {2, 3, 4}
        assert set(" ".join(texts).split()) == set(script.WORDS)


def test_the_same_seed_draws_the_same_sequences(script):
    sizes = {"train": 50, "test": 9}
    assert script.draw_sequences(sizes, 1) == script.draw_sequences(sizes, 1)
    assert script.draw_sequences(sizes, 1) != script.draw_sequences(sizes, 2)


def test_more_utterances_than_sequences_are_refused(script):
    with pytest.raises(ValueError, match="9991 utterances.*9990"):
        script.draw_sequences({"train": 9991}, 0)
    assert len(script.draw_sequences({"train": 9990}, 0)["train"]) == 9990


def test_a_raised_voice_is_higher_at_the_same_tempo(script):
    low, high = (script.utter(tone, "one two", s, 1.5) for s in script.SPEAKERS)
    assert len(high) == pytest.approx(len(low), rel=0.01)
    assert pitch(high) / pitch(low) == pytest.approx(1.25, rel=0.02)


def test_what_would_not_fit_a_clip_is_spoken_faster(script):
    wave = script.utter(tone, "one two three four", script.SPEAKERS[0], 3.0)
    assert 2.2 * 16000 < len(wave) <= script.LONGEST * 16000


def test_tables_name_sounds_that_are_there_and_are_made_once(script, tmp_path):
    (tmp_path / "audio").mkdir()
    texts = ["one two", "three four five", "six seven eight nine"] * 2
    script.write_set("test", texts, tone, tmp_path, 0)
    with (tmp_path / "test.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert [row["transcript"] for row in rows] == texts
    assert [row["speaker"] for row in rows] == ["low"] * 3 + ["high"] * 3
    assert script.NEUTRAL not in {row["caption"] for row in rows}
    for row in rows:
        info = soundfile.info(tmp_path / row["audio"])
        assert (info.samplerate, info.channels) == (16000, 1)

    def mute(text, lengthened):
        raise AssertionError("spoken again")

    script.write_set("test", texts, mute, tmp_path, 0)


def test_some_training_captions_leave_the_voice_open(script, tmp_path):
    (tmp_path / "audio").mkdir()
    script.write_set("train", ["one two"] * 60, tone, tmp_path, 0)
    table = (tmp_path / "train.tsv").read_text(encoding="utf-8")
    assert 4 < table.count(script.NEUTRAL) < 24


def test_the_voice_of_the_package_speaks(script):
    wave = script.utter(script.load_voice(), "one two", script.SPEAKERS[1], 1.6)
    assert 0.5 * 16000 < len(wave) < 2.5 * 16000
    assert np.abs(wave).max() == pytest.approx(0.5, abs=0.01)
