"""Refusals that need no model name the option and what was given."""

import argparse
from pathlib import Path

import pytest

from espnet2.gen_audio.generation_options.checks import (
    READS,
    check_given_sound,
    refuse_blank,
    refuse_missing,
    refuse_own_input,
    refuse_repeated,
    refuse_unwritable,
)


def test_a_folder_that_is_a_file_or_below_one_is_refused_and_none_is_made(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "deep" / "er"):
        with pytest.raises(ValueError, match="--out: got .*file is no folder"):
            refuse_unwritable("out", folder)
    refuse_unwritable("out", tmp_path / "new" / "folder")
    assert not (tmp_path / "new").exists()


def test_a_given_sound_is_not_written_over(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    sound, other = tmp_path / "link" / "a.wav", tmp_path / "b.wav"
    refuse_own_input([other], [sound])
    with pytest.raises(ValueError, match="a.wav would be written over; give another"):
        refuse_own_input([other, tmp_path / "a.wav"], [sound])


def test_a_value_that_stands_twice_is_refused():
    refuse_repeated("seeds", [0, 1])
    with pytest.raises(ValueError, match="--seeds: got 0 1 0; give each value once"):
        refuse_repeated("seeds", [0, 1, 0])


def test_a_path_that_does_not_exist_is_named_with_its_option(tmp_path):
    args = argparse.Namespace(one=tmp_path, two=None, three=Path("gone"))
    refuse_missing(args, ("one", "two"))
    with pytest.raises(FileNotFoundError, match="--three: got gone, which does not"):
        refuse_missing(args, ("one", "two", "three"))


def test_a_text_that_shows_nothing_is_refused():
    refuse_blank("prompt", None)
    refuse_blank("prompt", "-")
    with pytest.raises(ValueError, match="--prompt: got '\\\\u200b'; give words"):
        refuse_blank("prompt", "\u200b")


@pytest.mark.parametrize(
    "task, source, spans, message",
    [
        ("continuation", None, None, "--task continuation needs --source"),
        ("text_to_audio", "a.wav", None, "text_to_audio has no use for --source"),
        ("inpainting", "a.wav", None, "--span None: inpainting needs --span"),
        ("continuation", "a.wav", [[0, 1]], "no other task has any"),
    ],
)
def test_a_task_and_its_sound_go_together(task, source, spans, message):
    args = argparse.Namespace(task=task, source=source)
    with pytest.raises(ValueError, match=message):
        check_given_sound(args, "source", "span", spans)


@pytest.mark.parametrize(
    "task, option, value, message",
    [
        (
            "inpainting",
            "seconds",
            3.0,
            "--seconds 3.0; leave it out, or use --task text_",
        ),
        ("inpainting", "utt2dur", Path("d"), "--utt2dur d; leave"),
        ("super_resolution", "seconds", 3.0, "--seconds 3.0"),
        ("style_transfer", "seconds", 3.0, "--seconds 3.0"),
        ("text_to_audio", "strength", 0.5, "--task audio_prompt or style_transfer"),
        ("inpainting", "cut", 900.0, "--cut 900.0; .*--task super_resolution"),
        ("audio_prompt", "fade", 0.0, "--fade 0.0; .* continuation or inpainting"),
        ("inpainting", "loa_only", True, "for --loa_only; .*--task continuation"),
    ],
)
def test_an_option_that_the_task_does_not_read_is_refused(task, option, value, message):
    source = None if task == "text_to_audio" else "a.wav"
    spans = [[0, 1]] if task == "inpainting" else None
    for name, given in ((option, value), (option, None)):
        args = argparse.Namespace(task=task, source=source, **{name: given})
        if given is None:
            check_given_sound(args, "source", "span", spans)
            continue
        with pytest.raises(ValueError, match=f"--task {task} has no use .*{message}"):
            check_given_sound(args, "source", "span", spans)


def test_options_that_a_task_reads_are_taken():
    for task, options in READS.items():
        source = None if task == "text_to_audio" else "a.wav"
        spans = [[0, 1]] if task == "inpainting" else None
        args = argparse.Namespace(task=task, source=source)
        vars(args).update(dict.fromkeys(options, 0.5), loa_only="loa_only" in options)
        check_given_sound(args, "source", "span", spans)
