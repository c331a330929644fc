"""Commands in wav.scp: pipelines without a shell, and what only a shell could do."""

import pytest

from espnet2.gen_audio.kaldi.sound_command import (
    is_command,
    pipeline_of,
    run_sound_command,
)


def test_a_pipeline_is_split_as_a_shell_splits_it():
    entry = "cat 'my file.wav' | sox - -t wav - norm -1 |"
    assert is_command(entry) and not is_command("my file.wav")
    assert pipeline_of(entry) == [
        ["cat", "my file.wav"],
        ["sox", "-", "-t", "wav", "-", "norm", "-1"],
    ]


def test_the_output_of_the_last_program_is_stored(tmp_path):
    (tmp_path / "a b").write_text("two\none\n")
    run_sound_command(f"cat '{tmp_path}/a b' | sort |", tmp_path / "out")
    assert (tmp_path / "out").read_text() == "one\ntwo\n"


@pytest.mark.parametrize(
    "entry",
    [
        "cat a; touch {0}/made |",
        "cat a > {0}/made |",
        "touch {0}/made && cat a |",
        "cat $(touch {0}/made) |",
        "cat `touch {0}/made` |",
        "cat $HOME/a |",
        "cat a | | sort |",
        "|",
        "cat 'a |",
    ],
)
def test_what_only_a_shell_could_do_is_refused_and_not_done(entry, tmp_path):
    with pytest.raises(ValueError, match="the command "):
        run_sound_command(entry.format(tmp_path), tmp_path / "out")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("false | cat |", "failed: false ended with a status"),
        ("no-such-program-here a |", "cannot be run: .*no-such-program-here"),
    ],
)
def test_a_program_that_fails_or_is_missing_is_named(entry, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        run_sound_command(entry, tmp_path / "out")
