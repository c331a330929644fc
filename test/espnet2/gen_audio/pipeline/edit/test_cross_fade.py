"""Cross-fades: kept samples stay to the bit, and borders are gradual."""

import math

import pytest
import torch

from espnet2.gen_audio.pipeline.edit.cross_fade import (
    added_within_full_scale,
    cross_faded,
    upper_band,
    within_full_scale,
)


def test_outside_the_stretch_and_its_fades_every_sample_stays():
    given, made = torch.randn(1000), torch.randn(1000)
    joined = cross_faded(given, made, 300, 600, 40, 16000)
    assert torch.equal(joined[:260], given[:260])
    assert torch.equal(joined[640:], given[640:])
    assert torch.equal(joined[300:600], made[300:600])
    between = (joined[260:300] - given[260:300]) / (made[260:300] - given[260:300])
    assert (between.diff() > 0).all() and 0 < between[0] < 0.1


def test_what_the_made_sound_lacks_falls_evenly_in_decibels():
    left = cross_faded(torch.ones(1000), torch.zeros(1000), 600, 1000, 500, 2500)[
        100:600
    ]
    fallen = 20 * left.log10()
    every_tenth = fallen[::50].diff()[:-2]
    assert every_tenth.max() < -5.5 and every_tenth.min() > -7.0
    assert fallen[0] > -0.2 and fallen[-1] < -75


def test_a_fade_of_few_samples_falls_by_the_same_steps():
    left = cross_faded(torch.ones(1000), torch.zeros(1000), 600, 1000, 16, 16000)[
        584:600
    ]
    torch.testing.assert_close(left, torch.arange(16, 0, -1) / 17, rtol=0, atol=5e-3)


def test_fades_end_where_the_sound_does_and_equal_sounds_stay_equal():
    given = torch.randn(100)
    assert torch.equal(cross_faded(given, given, 0, 100, 40, 16000), given)
    made = torch.randn(100)
    assert torch.equal(cross_faded(given, made, 0, 50, 40, 16000)[90:], given[90:])


def tone(hertz):
    return torch.sin(2 * math.pi * hertz * torch.arange(16000) / 16000)


def level(wave, hertz):
    spectrum = torch.fft.rfft((wave * torch.hann_window(16000)).double()).abs()
    return 20 * torch.log10(spectrum[hertz] / 4000)


def test_above_the_cut_a_sound_stays_and_below_it_nothing_is_left():
    upper = upper_band(tone(1990) + 0.5 * tone(3000), 2000.0, 16000)
    assert level(upper, 1990) < -60
    assert abs(level(upper, 3000) - 20 * math.log10(0.5)) < 0.01


def test_what_is_added_makes_room_for_the_given_sound(caplog):
    given, made = torch.tensor([0.5, -0.5, 0.1]), torch.tensor([1.0, 0.2, 0.3])
    total = added_within_full_scale(given, made, "x")
    torch.testing.assert_close(total, given + 0.5 * made)
    assert "x: the new band is attenuated to 0.50" in caplog.text
    torch.testing.assert_close(
        added_within_full_scale(given, 0.1 * made, "x"), given + 0.1 * made
    )


def test_what_was_made_too_loud_is_lowered_there_alone_and_the_log_says_so(caplog):
    torch.manual_seed(0)
    made = 0.5 * torch.rand(4000)
    made[2000] = -3.0
    lowered = within_full_scale(made, "x")
    assert lowered.abs().max() <= 1.0 and lowered[2000] == pytest.approx(-1.0, abs=0.01)
    assert torch.equal(lowered[:1600], made[:1600])
    assert torch.equal(lowered[2400:], made[2400:])
    assert "x: the new peak of 3.00" in caplog.text
    quiet = torch.tensor([0.5, -0.9])
    assert within_full_scale(quiet, "x") is quiet
