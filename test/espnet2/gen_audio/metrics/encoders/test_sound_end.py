"""Where a sound ends: quiet ends and padding are told from zero crossings."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.encoders.sound_end import (
    without_padding,
    without_quiet_end,
)

RATE = 16000


def noise(samples, level=0.5):
    return level * np.random.default_rng(samples).uniform(-1, 1, samples)


def test_a_sound_that_lasts_to_its_end_comes_back_as_it_is():
    wave = noise(16000)
    wave[-150:] *= 1e-5  # less than the step in which an end is searched
    np.testing.assert_array_equal(without_quiet_end(wave, RATE), wave)


@pytest.mark.parametrize("quiet", [0.0, 4e-4])
def test_an_end_60_db_below_the_peak_is_left_out(quiet):
    wave = np.concatenate([noise(8000), noise(8000, quiet)])
    assert len(without_quiet_end(wave, RATE)) == 8000


def test_an_end_55_db_below_the_peak_and_a_quiet_beginning_are_sound():
    wave = np.concatenate([np.zeros(8000), noise(8000), noise(8000, 9e-4)])
    assert len(without_quiet_end(wave, RATE)) == 24000


def test_an_end_falls_on_whole_steps_and_never_cuts_sound():
    wave = np.concatenate([noise(8001), np.zeros(8000)])
    assert len(without_quiet_end(wave, RATE)) == 8160


def test_silence_has_no_sound_to_end():
    np.testing.assert_array_equal(without_quiet_end(np.zeros(99), RATE), np.zeros(99))
    assert len(without_padding(np.zeros(99), 99, 50)) == 0
    assert len(without_padding(np.zeros(0), 99, 50)) == 0


def test_zeros_after_a_sound_are_padding():
    wave = np.concatenate([noise(700), np.zeros(300)])
    assert len(without_padding(wave, 1000, RATE)) == 700
    assert len(without_padding(wave[:701], 1000, RATE)) == 700


def test_a_full_clip_may_end_in_a_zero_crossing():
    wave = np.concatenate([noise(841), np.zeros(159)])
    assert without_padding(wave, 1000, RATE) is wave
    assert len(without_padding(wave, 1001, RATE)) == 841
