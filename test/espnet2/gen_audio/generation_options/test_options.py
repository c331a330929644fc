"""Options of generation: presets, what goes before them, refusals before loading."""

import argparse

import pytest

from espnet2.gen_audio.generation_options.options import (
    TASKS,
    add_condition_option,
    add_sampling_options,
    add_task_options,
    condition_files,
    options_of,
    task_of,
)
from espnet2.gen_audio.pipeline.options import SAMPLERS


def parsed(*words):
    parser = argparse.ArgumentParser()
    add_sampling_options(parser, "quality")
    add_task_options(parser)
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


@pytest.mark.parametrize("name", TASKS)
def test_every_task_is_made_of_its_name(name, source):
    args = parsed("--task", name)
    given = None if name == "text_to_audio" else source
    task = task_of(args, given, [(0.1, 0.2)])
    assert type(task).__name__ == name.title().replace("_", "").replace("To", "To")
    with pytest.raises(ValueError, match=f"--task {name} (needs|uses)"):
        task_of(args, source if given is None else None)


def test_options_of_a_task_reach_it(source):
    continued = task_of(parsed("--task", "continuation", "--loa_only"), source)
    assert not continued.keep_latent
    words = ("--task", "style_transfer", "--strength", "0.2")
    assert task_of(parsed(*words), source).strength == 0.2
    assert task_of(parsed("--task", "audio_prompt"), source).strength == 1.0
    cut = task_of(parsed("--task", "super_resolution", "--cut", "900"), source).cut
    assert cut == 900.0


@pytest.fixture
def conditions(tmp_path):
    (tmp_path / "a.scp").write_text("")

    def run(*given):
        parser = argparse.ArgumentParser()
        add_condition_option(parser, "a file")
        words = [w for g in given for w in ("--condition", g.format(tmp_path))]
        return condition_files(parser.parse_args(words))

    return run


def test_files_of_conditions_are_found_by_name(conditions, tmp_path):
    found = conditions("loudness={}/a.scp", "melody={}/a.scp")
    assert found == {name: tmp_path / "a.scp" for name in ("loudness", "melody")}
    assert conditions() == {}


@pytest.mark.parametrize(
    "given, message",
    [
        (["loudness"], "--condition loudness is not NAME=FILE"),
        (["a b={}/a.scp"], "is not NAME=FILE"),
        (["x={}/a.scp", "x={}/a.scp"], "one file per name"),
        (["x={}/no.scp"], "no.scp does not exist"),
    ],
)
def test_conditions_without_a_name_or_a_file_are_refused(conditions, given, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        conditions(*given)
