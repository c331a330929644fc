"""Varied copies: limits, repeatability, and what they change."""

import numpy as np
import pytest

from espnet2.gen_audio.feats.augment import Variation, draw_variation, vary


def frequency(wave, rate):
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    return spectrum.argmax() * rate / len(wave)


def test_variations_fill_their_range_and_never_leave_it():
    drawn = [draw_variation(0, f"x-a{i}") for i in range(500)]
    octaves = np.log2([variation.speed for variation in drawn])
    leads = np.array([variation.lead_seconds for variation in drawn])
    assert (
        np.abs(octaves).max() <= 0.2 and octaves.min() < -0.18 and octaves.max() > 0.18
    )
    assert leads.min() >= 0 and leads.max() <= 0.3 and leads.max() > 0.27


def test_seed_and_id_decide_alone():
    assert draw_variation(1, "a-a1") == draw_variation(1, "a-a1")
    assert draw_variation(1, "a-a1") != draw_variation(1, "a-a2")
    assert draw_variation(1, "a-a1") != draw_variation(2, "a-a1")


@pytest.mark.parametrize("rate", [8000, 22050, 48000])
@pytest.mark.parametrize("speed", [2**-0.2, 2**0.2])
def test_speed_changes_pitch_and_length_together(rate, speed):
    tone = np.sin(2 * np.pi * 500 * np.arange(rate) / rate).astype(np.float32)
    varied = vary(tone, rate, 16000, Variation(speed=speed))
    assert len(varied) == pytest.approx(16000 / speed, rel=0.01)
    assert frequency(varied, 16000) == pytest.approx(500 * speed, rel=0.01)


def test_the_sound_begins_later():
    wave = np.ones(1600, dtype=np.float32)
    varied = vary(wave, 16000, 16000, Variation(lead_seconds=0.1))
    np.testing.assert_array_equal(varied, np.r_[np.zeros(1600), np.ones(1600)])


def test_no_variation_changes_nothing():
    wave = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    np.testing.assert_array_equal(vary(wave, 16000, 16000, Variation()), wave)
