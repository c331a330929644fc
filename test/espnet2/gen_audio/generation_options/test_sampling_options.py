"""Options of generation: presets, what goes before them, refusals before loading."""

import argparse

import pytest

from espnet2.gen_audio.generation_options.sampling_options import (
    add_sampling_options,
    options_of,
)
from espnet2.gen_audio.pipeline.options import SAMPLERS


def parsed(*words):
    parser = argparse.ArgumentParser()
    add_sampling_options(parser, "quality")
    return parser.parse_args(words)


@pytest.mark.parametrize("preset", SAMPLERS)
def test_a_preset_alone_is_its_options(preset):
    assert options_of(parsed("--preset", preset)) == SAMPLERS[preset]


def test_the_quality_preset_is_the_published_sampler():
    options = options_of(parsed())
    assert (options.scheduler, options.steps, options.eta) == ("ddim", 200, 1.0)
    assert options.guidance_scale == 3.5


def test_options_go_before_the_preset_and_a_solver_without_eta_gets_none():
    options = options_of(
        parsed(
            "--scheduler", "dpm++", "--steps", "7", "--guidance_interval", "0", "0.8"
        ),
        seed=4,
    )
    assert (options.scheduler, options.steps, options.eta) == ("dpm++", 7, 0.0)
    assert options.guidance_interval == (0.0, 0.8) and options.seed == 4


@pytest.mark.parametrize(
    "words, message",
    [
        (("--steps", "1001"), "--steps: 1001 steps"),
        (("--scheduler", "nope"), "--scheduler: .*'nope' is unknown"),
        (("--preset", "fast", "--eta", "1"), "--eta: .* has no eta"),
        (
            ("--guidance_scale", "1", "--negative_prompt", "rain"),
            "--negative_prompt: got 'rain', which has no effect without guidance",
        ),
        (("--guidance_interval", "0.9", "0.1"), "--guidance_interval: got 0.9 0.1"),
    ],
)
def test_what_cannot_be_sampled_is_refused_before_a_model_is_loaded(words, message):
    with pytest.raises(ValueError, match=message):
        options_of(parsed(*words))


def test_compiling_is_asked_for_and_refused_where_there_is_no_compiler(
    monkeypatch, tmp_path
):
    assert (
        options_of(parsed("--compile")).compiled and not options_of(parsed()).compiled
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="needs a C\\+\\+ compiler"):
        options_of(parsed("--compile"))
