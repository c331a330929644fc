"""The command around one step of the recipe."""

import pytest

from espnet2.gen_audio.bin import run_step


def call(tmp_path, script, *options, reads=()):
    run_step.main(
        ["--name", "make", "--stamp_dir", str(tmp_path / "stamps"), *options]
        + ["--reads", *map(str, reads), "--writes", str(tmp_path / "out"), "--"]
        + ["bash", "-c", script]
    )


def count(tmp_path):
    return len((tmp_path / "out").read_text())


def test_a_second_run_does_nothing_and_says_so(tmp_path, capfd):
    script = f"printf x >> {tmp_path}/out"
    call(tmp_path, script)
    assert "up to date" not in capfd.readouterr().err
    call(tmp_path, script)
    assert count(tmp_path) == 1
    assert "up to date" in capfd.readouterr().err


def test_force_runs_a_finished_step_and_tells_the_command(tmp_path):
    call(tmp_path, f'printf "x$STEP_FORCED" >> {tmp_path}/out')
    call(tmp_path, f'printf "x$STEP_FORCED" >> {tmp_path}/out', "--force")
    assert (tmp_path / "out").read_text() == "xx1"


def test_a_step_is_done_anew_when_its_code_changes_and_says_so(
    tmp_path, capfd, monkeypatch
):
    from espnet2.gen_audio.recipe import source_digest

    digest = {"code": "a"}
    monkeypatch.setattr(source_digest, "digest_of_code", lambda _: digest["code"])
    script = f"printf x >> {tmp_path}/out"
    call(tmp_path, script)  # the stamp of an earlier release has no code
    for code, times, anew in (("a", 2, True), ("a", 2, False), ("b", 3, True)):
        digest["code"] = code
        call(tmp_path, script, "--code", "metrics/encoders")
        assert count(tmp_path) == times
        said = capfd.readouterr().err
        assert ("the code in metrics/encoders is not that which made" in said) == anew


def test_a_failed_command_leaves_no_stamp_and_its_own_status(tmp_path):
    script = f"printf x >> {tmp_path}/out; exit 7"
    for times in (1, 2):
        with pytest.raises(SystemExit) as stop:
            call(tmp_path, script)
        assert stop.value.code == 7
        assert count(tmp_path) == times


def test_a_missing_input_is_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit):
        call(tmp_path, "true", reads=[tmp_path / "absent"])
    error = capsys.readouterr().err.strip()
    assert "absent" in error and "\n" not in error
