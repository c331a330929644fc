"""Options of tasks: each task of its name, files of conditions, refusals."""

import argparse

import pytest

from espnet2.gen_audio.generation_options.task_options import (
    TASKS,
    add_condition_option,
    add_task_options,
    condition_files,
    task_of,
)
from espnet2.gen_audio.pipeline.edit.cross_fade import FADE


def parsed(*words):
    parser = argparse.ArgumentParser()
    add_task_options(parser)
    return parser.parse_args(words)


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
    assert task_of(parsed("--task", "continuation"), source).fade == FADE
    words = ("--task", "inpainting", "--fade", "0")
    assert task_of(parsed(*words), source, [(0.1, 0.2)]).fade == 0.0
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
