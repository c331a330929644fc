"""Sampling options and their presets."""

import pytest

from espnet2.gen_audio.pipeline.options import SAMPLERS, SamplingOptions, preset_options


def test_the_defaults_are_those_of_the_published_sampler():
    options = SamplingOptions()
    assert (options.scheduler, options.steps, options.eta) == ("ddim", 200, 1.0)
    assert options.guidance_scale == 3.5 and options.negative_prompt is None
    assert SAMPLERS["quality"] == options


def test_a_preset_takes_changes_and_a_solver_without_eta_gets_none():
    assert preset_options("balanced", steps=7, eta=None).steps == 7
    assert preset_options("quality", scheduler="dpm++").eta == 0.0
    assert preset_options("fast", scheduler="ddim").eta == 0.0
    with pytest.raises(ValueError, match="'slow' is unknown; use quality"):
        preset_options("slow")
