"""Voices: a sound is itself, windows as the package cuts them, the nearest speaker."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.speech_evaluation.cached_results import read_speech
from espnet2.gen_audio.metrics.speech_evaluation.speaker_encoder import (
    SpeakerEncoder,
    cosine,
    nearest_speaker,
    window_starts,
)


@pytest.fixture(scope="module")
def encode():
    try:
        return SpeakerEncoder()
    except RuntimeError as error:
        pytest.skip(str(error))


def test_a_sound_is_like_itself_at_any_level_and_unlike_noise(encode, digits):
    wave = read_speech(digits)
    own = encode(wave)
    assert np.linalg.norm(own) == pytest.approx(1)
    assert cosine(own, own) == pytest.approx(1)
    noise = np.random.default_rng(0).normal(0, 0.1, len(wave))
    assert cosine(own, encode(noise)) < 0.7
    # quiet clips are raised to one loudness
    assert cosine(encode(wave / 100), encode(wave / 1000)) == pytest.approx(1)


def test_parts_of_one_recording_are_nearer_than_another_voice(encode, digits):
    wave = read_speech(digits)
    half = len(wave) // 2
    first, second = encode(wave[:half]), encode(wave[half:])
    higher = np.interp(np.arange(0, len(wave), 1.5), np.arange(len(wave)), wave)
    assert cosine(first, second) > cosine(first, encode(higher))


@pytest.mark.parametrize(
    ("samples", "starts"),
    [
        (800, [0]),
        (25600, [0]),  # the second window would hold 0.5 of sound
        (33000, [0, 77]),  # ... 0.81 of sound
        (38000, [0, 77]),
    ],
)
def test_windows_come_13_times_a_second_and_hold_three_quarters(samples, starts):
    assert window_starts(samples) == starts


def test_the_nearest_speaker_is_sought_without_the_clips_own_recording():
    voices = {"a1": np.array([1.0, 0]), "a2": np.array([0.6, 0.8])}
    voices["b1"] = np.array([0.8, 0.6])
    speakers = {"a1": "a", "a2": "a", "b1": "b"}
    clip = np.array([1.0, 0])
    assert nearest_speaker(clip, voices, speakers, without="b1") == "a"
    assert nearest_speaker(clip, voices, speakers, without="a1") == "b"
