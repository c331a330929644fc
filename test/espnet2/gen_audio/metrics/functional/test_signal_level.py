"""Levels of a sound: the standard's loudness, clipping, silence and offset."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.functional.signal_level import (
    QUIETEST,
    clipped_fraction,
    dc_offset,
    loudness,
    silent_fraction,
)

RATE = 16000
TONE = np.sin(2 * np.pi * 997 * np.arange(3 * RATE) / RATE)


def test_a_full_scale_tone_has_the_loudness_that_the_standard_states():
    assert loudness(TONE, RATE) == pytest.approx(-3.01, abs=0.1)  # BS.1770-4, annex 1
    assert loudness(TONE / 10, RATE) == pytest.approx(-23.01, abs=0.1)


def test_short_and_silent_sounds_have_a_loudness_too():
    assert loudness(TONE[:100], RATE) > -10
    assert loudness(np.zeros(RATE), RATE) == QUIETEST


def test_only_runs_at_full_scale_of_one_sign_count_as_clipped():
    wave = np.array([1.0, 0.0, 1.0, 1.0, -1.0, 0.5, -1.0, -1.0, -1.0, 0.0])
    assert clipped_fraction(wave) == 0.5
    assert clipped_fraction(np.zeros(4)) == 0.0
    assert clipped_fraction(np.clip(3 * TONE, -1, 1)) > 0.5


def test_silence_is_counted_in_windows():
    half = np.concatenate([TONE[:RATE], np.zeros(RATE)])
    assert silent_fraction(half, RATE) == pytest.approx(0.5, abs=0.02)


def test_an_offset_is_the_magnitude_of_the_mean():
    assert dc_offset(np.array([-0.3, -0.1])) == pytest.approx(0.2)
