"""Super-resolution: the given band stays, the other is made."""

import numpy as np
import pytest
import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.pipeline.edit.source import Source
from espnet2.gen_audio.pipeline.edit.super_resolution import (
    SuperResolution,
    bins_below,
)
from espnet2.gen_audio.pipeline.generate import generate
from espnet2.gen_audio.pipeline.options import preset_options
from espnet2.gen_audio.pipeline.request import Request

CUT = 2000.0


def dull(seed=0):
    """Return noise of 1 s that ends at 1.9 kHz."""
    noise = np.random.RandomState(seed).randn(16000) * 0.1
    spectrum = np.fft.rfft(noise)
    spectrum[1900:] = 0
    return Source.from_wave(np.fft.irfft(spectrum), 16000, 16000)


def bands(wave):
    power = torch.fft.rfft(wave.double()).abs().square()
    return power[100:1900].sum().log10() * 10, power[2500:].sum().log10() * 10


@pytest.mark.parametrize("caption", ["drum", ""])
def test_below_the_cut_nothing_changes_and_above_it_there_is_sound(editor, caption):
    source = dull()
    request = Request("a", caption, task=SuperResolution(source, CUT))
    ((_, sounds),) = generate(editor, [request], preset_options("fast", steps=3))
    wave = sounds[0].wave
    assert len(wave) == len(source)
    low, high = bands(wave)
    given_low, given_high = bands(source.wave)
    assert abs(low - given_low) < 0.1
    assert high > given_high + 30


def test_bins_are_kept_up_to_the_cut(editor, source):
    geometry = ClipGeometry()
    kept = [bins_below(hertz, geometry) for hertz in (500, 1000, 2000, 4000, 8000)]
    assert kept == sorted(kept) and kept[0] > 0 and kept[-1] == 16
    request = Request("a", "x", task=SuperResolution(source, CUT))
    plan = request.task.plan(editor, request)
    stays = bins_below(CUT, editor.specification.geometry)
    assert (plan.keep[:, :stays] == 1).all() and (plan.keep[:, stays:] == 0).all()


def test_the_rate_of_the_file_says_where_its_band_ends(editor):
    source = Source.from_wave(np.random.RandomState(0).randn(4000), 4000, 16000)
    named = SuperResolution(source, 0.95 * 2000)
    plans = [
        task.plan(editor, Request("a", "x"))
        for task in (SuperResolution(source), named)
    ]
    assert torch.equal(plans[0].keep, plans[1].keep)


@pytest.mark.parametrize("cut", [None, 10.0, 8000.0, -5.0])
def test_a_band_without_end_or_beginning_is_refused(editor, source, cut):
    with pytest.raises(ValueError, match="--cut"):
        SuperResolution(source, cut).plan(editor, Request("a", "x"))
