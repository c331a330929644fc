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


def test_a_sound_at_full_scale_keeps_nearly_all_of_a_band_that_is_added(caplog):
    noise = torch.randn(16000, generator=torch.Generator().manual_seed(0))
    given, made = tone(440), upper_band(0.03 * noise, 3000.0, 16000).float()
    total = added_within_full_scale(given, made, "x")
    assert total.dtype == given.dtype and total.abs().max() <= 1.0
    kept = upper_band(total, 3000.0, 16000)
    assert kept.square().mean().sqrt() > 0.85 * made.square().mean().sqrt()
    assert level(total, 440) > level(given, 440) - 1.0
    assert "x: the new peak of 1.0" in caplog.text


def test_a_band_that_is_too_loud_makes_room_for_the_given_sound(caplog):
    given, made = 0.5 * tone(440), 2.0 * tone(3001)
    made[:8000] = 0.0
    total = added_within_full_scale(given, made, "x")
    assert total.abs().max() <= 1.0
    assert level(total, 440) == pytest.approx(float(level(given, 440)), abs=0.02)
    assert "x: the new band is attenuated to 0.25 times" in caplog.text
    loud = added_within_full_scale(2 * given, made, "x")  # 2 dB in one half
    assert loud.abs().max() <= 1.0 and level(loud, 440) > level(2 * given, 440) - 1.1


def test_a_sum_below_full_scale_is_the_plain_sum():
    given, made = 0.5 * tone(440), 0.4 * tone(3001)
    assert torch.equal(
        added_within_full_scale(given, made, "x"),
        (given.double() + made.double()).float(),
    )
    made[8000] += 1.0  # one sample too loud: the sum stays elsewhere
    total = added_within_full_scale(given, made, "x")
    assert total.abs().max() <= 1.0
    assert torch.equal(total[:7600], (given + made)[:7600])
    assert torch.equal(total[8400:], (given + made)[8400:])


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
