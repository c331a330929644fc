"""Bounds on rate, length and level, and the words of a refusal."""

import numpy as np
import pytest

from espnet2.gen_audio.feats.sound_limits import (
    GREATEST_LEVEL,
    HIGHEST_RATE,
    LOWEST_RATE,
    MOST_SAMPLES,
    UnusableSound,
    refuse_buried,
    refuse_length,
    refuse_levels,
    refuse_rate,
)


def passes(refuse, *values):
    """Tell whether a check lets values through."""
    try:
        refuse(*values)
    except UnusableSound:
        return False
    return True


@pytest.mark.parametrize("rate", [LOWEST_RATE, 44101, HIGHEST_RATE])
def test_a_rate_within_the_bounds_passes(rate):
    assert passes(refuse_rate, rate)


@pytest.mark.parametrize("rate", [-1, 0, 1, LOWEST_RATE - 1, HIGHEST_RATE + 1, 2**31])
def test_a_rate_out_of_bounds_is_refused_with_both_bounds(rate):
    with pytest.raises(UnusableSound, match=f" {rate} Hz; 1000 to 768000 Hz are read"):
        refuse_rate(rate)


def test_a_part_longer_than_memory_allows_is_refused_in_seconds():
    refuse_length(MOST_SAMPLES, 48000)
    with pytest.raises(UnusableSound, match="67108864 samples .* 1398 s at 48000 Hz"):
        refuse_length(MOST_SAMPLES + 1, 48000)


@pytest.mark.parametrize("value", [GREATEST_LEVEL, -GREATEST_LEVEL, 0.0])
def test_levels_up_to_32_bit_integers_pass_and_greater_ones_do_not(value):
    block = np.array([[0.0, value]], np.float32)
    assert passes(refuse_levels, block, 0)
    assert passes(refuse_levels, 1.01 * block, 0) == (value == 0.0)


@pytest.mark.parametrize(
    "value, reason",
    [
        (np.nan, "not finite: sample 12 is nan"),
        (-np.inf, "not finite: sample 12 is -inf"),
        (3e38, r"level out of bounds: sample 12 is 3e\+38"),
        (-1e10, r"level out of bounds: sample 12 is -1e\+10"),
    ],
)
def test_a_number_that_is_no_sound_is_named_with_its_place(value, reason):
    block = np.zeros((5, 2), np.float32)
    block[2, 1] = value
    with pytest.raises(UnusableSound, match=reason):
        refuse_levels(block, 10)


def test_no_samples_have_no_wrong_level():
    assert passes(refuse_levels, np.zeros((0, 2), np.float32), 0)


def clip_with(peak, level=0.1):
    wave = level * np.sin(np.arange(10000, dtype=np.float32))
    wave[5000] = peak
    return wave


def test_a_peak_is_refused_where_it_makes_the_rest_silent_and_not_before():
    refuse_buried(clip_with(peak=999.0))
    with pytest.raises(
        UnusableSound, match="the peak is 1001, all but 10 samples stay"
    ):
        refuse_buried(clip_with(peak=1001.0))


def test_a_lone_click_in_silence_is_no_peak_that_buries_something():
    assert passes(refuse_buried, clip_with(peak=1e6, level=0.0))
    assert not passes(refuse_buried, clip_with(peak=1e6, level=0.1))


def test_a_loud_clip_and_one_of_a_single_sample_are_not_buried():
    assert passes(refuse_buried, clip_with(peak=1e6, level=1e6))
    assert passes(refuse_buried, np.array([1e6], np.float32))
