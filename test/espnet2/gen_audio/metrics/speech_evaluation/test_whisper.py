"""Whisper: a real voice, alone, in a batch, and with a closed vocabulary."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.speech_evaluation.cached_results import read_speech
from espnet2.gen_audio.metrics.speech_evaluation.plain_words import plain_words
from espnet2.gen_audio.metrics.speech_evaluation.recogniser import RATE
from espnet2.gen_audio.metrics.speech_evaluation.whisper import Whisper

DIGITS = "zero one two three four five six seven eight nine".split()


@pytest.fixture(scope="module")
def whisper():
    pytest.importorskip("ctranslate2", reason="the recogniser's library is missing")
    try:
        return Whisper()
    except RuntimeError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def wave(digits):
    return read_speech(digits)


def test_digits_are_recognised_with_and_without_a_vocabulary(whisper, wave):
    assert whisper([wave], DIGITS) == ["six four seven"]
    recognised = plain_words(whisper([wave])[0], DIGITS)
    assert recognised == ["six", "four", "seven"]


def test_only_words_of_the_vocabulary_are_written_even_of_noise(whisper):
    noise = np.random.default_rng(0).normal(0, 0.1, 2 * RATE).astype(np.float32)
    words = ["octopus", "marmalade", "six", "sixteen"]  # some of several tokens
    recognised = whisper([noise], words)[0].split()
    assert recognised and set(recognised) <= set(words)


def test_words_of_several_tokens_are_told_apart(whisper, wave):
    words = ["six", "sixteen", "four", "fourteen", "seven", "marmalade"]
    assert whisper([wave], words) == ["six four seven"]


def test_batch_mates_of_other_lengths_change_nothing(whisper, wave):
    longer = np.concatenate([wave, np.zeros(3 * RATE, np.float32)])
    together = whisper([longer, wave, wave[: RATE // 2]], DIGITS)
    alone = [whisper([one], DIGITS)[0] for one in (longer, wave, wave[: RATE // 2])]
    assert together == alone


def test_a_clip_longer_than_its_window_is_refused(whisper):
    with pytest.raises(ValueError, match="lasts 31.0 s.*at most 30 s"):
        whisper([np.zeros(31 * RATE, np.float32)])


def test_a_folder_without_a_model_is_refused_by_file(tmp_path):
    pytest.importorskip("ctranslate2")
    with pytest.raises(RuntimeError, match="holds no model.bin"):
        Whisper(tmp_path)
