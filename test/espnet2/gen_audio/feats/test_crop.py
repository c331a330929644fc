"""Cropping: lengths, where the crop falls, and silence that is avoided."""

import numpy as np
import pytest

from espnet2.gen_audio.feats.crop import crop, crop_or_pad, is_audible


@pytest.mark.parametrize("length", [1, 99, 100, 101, 1000])
def test_every_clip_gets_the_same_length(length):
    wave = np.ones(length, dtype=np.float32)
    fitted = crop_or_pad(wave, 100)
    assert fitted.shape == (100,) and fitted.dtype == np.float32
    assert fitted.sum() == min(length, 100)


def test_zeros_come_after_the_sound():
    fitted = crop_or_pad(np.array([1.0, 2.0]), 4)
    np.testing.assert_array_equal(fitted, [1, 2, 0, 0])


def test_without_a_generator_the_beginning_is_kept():
    np.testing.assert_array_equal(crop_or_pad(np.arange(10), 3), [0, 1, 2])


@pytest.mark.parametrize(
    "rng", [np.random.default_rng(0), np.random.RandomState(0), np.random]
)
def test_every_start_can_be_drawn_and_no_other(rng):
    starts = {int(crop(np.arange(1, 6), 3, rng)[0]) for _ in range(200)}
    assert starts == {1, 2, 3}


def test_a_crop_with_sound_is_preferred():
    wave = np.zeros(400)
    wave[200:] = np.sin(np.arange(200))
    rng = np.random.default_rng(0)
    audible = [is_audible(crop(wave, 50, rng)) for _ in range(100)]
    assert all(audible)  # by chance alone four of ten would be silent


def test_a_silent_clip_is_cropped_all_the_same():
    assert len(crop(np.zeros(400), 50, np.random.default_rng(0))) == 50


def test_digital_silence_is_not_audible():
    assert not is_audible(np.tile([1e-4, -1e-4], 10))
    assert not is_audible(np.zeros(0))
    assert is_audible(np.array([0.0, 0.0, 0.0, -2e-4]))


def test_a_constant_is_inaudible_whatever_its_level():
    assert not is_audible(np.full(1000, 0.7, dtype=np.float32))
    assert is_audible(np.r_[np.full(1000, 0.7), 0.6997])
