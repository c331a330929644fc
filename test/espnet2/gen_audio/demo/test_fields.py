"""The fields of the page are options of the command that the system can serve."""

from dataclasses import replace

import pytest

from espnet2.gen_audio.bin.gen_audio import get_parser
from espnet2.gen_audio.demo.fields import (
    FIELDS,
    is_shown,
    served_choices,
    served_fields,
)
from espnet2.gen_audio.generation_options.task_options import TASKS
from espnet2.gen_audio.pipeline.behaviour import BEHAVIOURS

ACTIONS = {action.dest: action for action in get_parser()._actions}


def options_of(system):
    return {field.option for field in served_fields(system)}


def test_every_field_is_an_option_with_a_help_except_the_sound():
    assert all(ACTIONS[field.option].help for field in FIELDS)
    flags = {f.option for f in FIELDS if f.form == "flag"}
    assert flags == {f.option for f in FIELDS if ACTIONS[f.option].nargs == 0}
    choices = {f.option for f in FIELDS if f.form == "choice"}
    assert choices == {f.option for f in FIELDS if ACTIONS[f.option].choices}


def test_words_are_asked_of_speech_models_only(system, speech):
    words = {"transcript", "source_transcript", "phonemes"}
    assert not words & options_of(system) and words <= options_of(speech)


def test_what_a_system_lacks_is_not_offered(system, editor, taught):
    tasks, presets = ACTIONS["task"], ACTIONS["preset"]
    assert "audio_prompt" not in served_choices(tasks, system)
    assert served_choices(tasks, editor) == list(TASKS)
    assert "instant" not in served_choices(presets, editor)
    assert served_choices(presets, taught) == list(presets.choices)
    assert "loa_only" in options_of(editor) and "loa_only" not in options_of(system)
    assert "candidates" not in options_of(editor)
    assert "candidates" in options_of(replace(editor, ranking=print))
    authors = replace(editor, behaviour=BEHAVIOURS["official"])
    assert "negative_prompt" not in options_of(authors)


@pytest.mark.parametrize(
    "task, shown",
    [
        ("text_to_audio", {"seconds"}),
        ("audio_prompt", {"source", "strength", "seconds"}),
        (
            "continuation",
            {"source", "source_transcript", "seconds", "fade", "loa_only"},
        ),
        ("inpainting", {"source", "span", "fade"}),
        ("super_resolution", {"source", "cut"}),
        ("style_transfer", {"source", "strength"}),
    ],
)
def test_a_task_shows_what_it_reads(task, shown):
    always = {
        "prompt",
        "transcript",
        "phonemes",
        "task",
        "preset",
        "seed",
        "negative_prompt",
        "guidance_scale",
        "scheduler",
        "steps",
        "eta",
        "candidates",
    }
    found = {field.option for field in FIELDS if is_shown(field.option, task)}
    assert found == always | shown
