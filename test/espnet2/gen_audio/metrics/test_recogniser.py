"""The recogniser: what it hears in a real voice, alone, in company and restricted."""

import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch

from espnet2.gen_audio.metrics.recogniser import RATE, EspnetRecogniser, Whisper
from espnet2.gen_audio.metrics.speech_reader import hear_speech
from espnet2.gen_audio.metrics.word_errors import normal_words

DIGITS = "zero one two three four five six seven eight nine".split()


@pytest.fixture(scope="module")
def whisper():
    pytest.importorskip("ctranslate2", reason="the recogniser's library is missing")
    try:
        return Whisper()
    except RuntimeError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def wave(spoken):
    return hear_speech(spoken)


def test_digits_are_heard_with_and_without_a_vocabulary(whisper, wave):
    assert whisper([wave], DIGITS) == ["six four seven"]
    heard = normal_words(whisper([wave])[0], DIGITS)
    assert heard == ["six", "four", "seven"]


def test_only_words_of_the_vocabulary_are_written_even_of_noise(whisper):
    noise = np.random.default_rng(0).normal(0, 0.1, 2 * RATE).astype(np.float32)
    words = ["octopus", "marmalade", "six", "sixteen"]  # some of several tokens
    heard = whisper([noise], words)[0].split()
    assert heard and set(heard) <= set(words)


def test_words_of_several_tokens_are_told_apart(whisper, wave):
    words = ["six", "sixteen", "four", "fourteen", "seven", "marmalade"]
    assert whisper([wave], words) == ["six four seven"]


def test_batch_mates_of_other_lengths_change_nothing(whisper, wave):
    longer = np.concatenate([wave, np.zeros(3 * RATE, np.float32)])
    together = whisper([longer, wave, wave[: RATE // 2]], DIGITS)
    alone = [whisper([one], DIGITS)[0] for one in (longer, wave, wave[: RATE // 2])]
    assert together == alone


def test_a_clip_longer_than_it_hears_is_refused(whisper):
    with pytest.raises(ValueError, match="lasts 31.0 s.*at most 30 s"):
        whisper([np.zeros(31 * RATE, np.float32)])


def test_a_folder_without_a_model_is_refused_by_file(tmp_path):
    pytest.importorskip("ctranslate2")
    with pytest.raises(RuntimeError, match="holds no model.bin"):
        Whisper(tmp_path)


def test_a_folder_that_is_no_experiment_of_espnet_is_refused(tmp_path):
    with pytest.raises(ValueError, match="there is no config.yaml"):
        EspnetRecogniser(tmp_path)


@pytest.fixture
def experiment(tmp_path, monkeypatch):
    """Return a folder that looks trained; its recogniser says what it was given."""
    inference = types.ModuleType("espnet2.bin.asr_inference")

    def speech_to_text(config, weights, device):
        return lambda wave: [(f"{Path(weights).name} {len(wave)}", [], [], None)]

    inference.Speech2Text = speech_to_text
    monkeypatch.setitem(sys.modules, "espnet2.bin.asr_inference", inference)
    (tmp_path / "config.yaml").write_text("token_type: char\n")
    for name in ("valid.loss.best.pth", "valid.acc.ave.pth"):
        torch.save({"weight": torch.zeros(1)}, tmp_path / name)
    return tmp_path


def test_espnets_averaged_model_is_taken_unless_another_is_named(experiment):
    waves = [np.zeros(80), np.zeros(160)]
    recognise = EspnetRecogniser(experiment)
    assert recognise(waves) == ["valid.acc.ave.pth 80", "valid.acc.ave.pth 160"]
    other = EspnetRecogniser(experiment / "valid.loss.best.pth")
    assert other(waves[:1]) == ["valid.loss.best.pth 80"]
    with pytest.raises(ValueError, match="no closed vocabulary"):
        recognise(waves, DIGITS)


def test_weights_that_would_run_a_program_are_refused(experiment):
    torch.save({"weight": Path("x")}, experiment / "valid.acc.ave.pth")
    with pytest.raises(Exception, match="valid.acc.ave.pth"):
        EspnetRecogniser(experiment)
