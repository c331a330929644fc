"""WORLD's analysis: a clip against itself, an octave, faint noise, and other rates."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.functional.mel_cepstral import (
    SpeechFrames,
    speech_distance,
)
from espnet2.gen_audio.metrics.speech_evaluation.world_analysis import speech_frames

RATE = 16000


def voice(pitch, seconds=0.6):
    """Return a buzz of harmonics that fall off, with a little noise."""
    time = np.arange(int(seconds * RATE)) / RATE
    harmonics = range(1, int(3000 / pitch))
    tone = sum(np.sin(2 * np.pi * n * pitch * time) / n for n in harmonics)
    return 0.2 * tone + np.random.default_rng(0).normal(0, 1e-3, len(time))


def test_a_clip_is_no_distance_from_itself():
    pytest.importorskip("pyworld")
    frames = speech_frames(voice(120), RATE)
    found = speech_distance(frames, frames)
    assert (found.mcd, found.log_f0_rmse) == (0, 0)
    assert frames.cepstra.shape == (len(frames.f0), 24)


def test_an_octave_is_the_logarithm_of_two_and_distorts_the_spectrum_little():
    pytest.importorskip("pyworld")
    low, high = speech_frames(voice(110), RATE), speech_frames(voice(220), RATE)
    middle = slice(5, -5)  # Harvest is unsure at the ends
    low, high = (SpeechFrames(f.cepstra[middle], f.f0[middle]) for f in (low, high))
    found = speech_distance(low, high)
    assert found.log_f0_rmse == pytest.approx(np.log(2), abs=0.01)
    noise = np.random.default_rng(1).normal(0, 0.1, int(0.6 * RATE))
    assert found.mcd < speech_distance(low, speech_frames(noise, RATE)).mcd


def test_inaudible_noise_in_a_silence_counts_little():
    pytest.importorskip("pyworld")
    filled = np.concatenate([voice(120), np.zeros(RATE)])
    faint = filled + np.random.default_rng(2).normal(0, 2e-5, len(filled))
    clips = [speech_frames(wave, RATE) for wave in (filled, faint)]
    assert speech_distance(*clips).mcd < 0.5


def test_a_rate_without_a_known_analysis_is_refused():
    with pytest.raises(ValueError, match="8000 Hz: the rates are 16000"):
        speech_frames(np.zeros(800), 8000)
