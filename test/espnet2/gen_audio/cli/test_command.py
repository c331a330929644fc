"""One-line errors and log lines."""

import logging

import pytest

from espnet2.gen_audio.cli.command import (
    message_of,
    one_line_errors,
    remove_implicit_handlers,
    setup_logging,
)


@pytest.mark.parametrize(
    "error, line",
    [
        (ValueError("a\n  b"), "dump_loa: error: a b\n"),
        (KeyError("no id x"), "dump_loa: error: no id x\n"),
        (
            FileNotFoundError(2, "No such file or directory", "f.scp"),
            "dump_loa: error: f.scp: No such file or directory\n",
        ),
        (RuntimeError(), "dump_loa: error: RuntimeError\n"),
    ],
)
def test_the_user_s_error_is_one_line_and_status_1(error, line, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["/some/where/dump_loa.py"])
    monkeypatch.delenv("GEN_AUDIO_TRACE", raising=False)

    @one_line_errors()
    def main():
        raise error

    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == line


def test_the_trace_is_printed_when_asked_for(capsys, monkeypatch):
    monkeypatch.setenv("GEN_AUDIO_TRACE", "1")
    with pytest.raises(SystemExit), one_line_errors():
        raise ValueError("x")
    assert "Traceback" in capsys.readouterr().err


def test_a_fault_of_the_program_is_one_line_with_its_class_and_place(
    capsys, monkeypatch
):
    monkeypatch.setattr("sys.argv", ["dump_loa.py"])
    monkeypatch.delenv("GEN_AUDIO_TRACE", raising=False)
    with pytest.raises(SystemExit) as ended, one_line_errors(status=2):
        raise TypeError("x\ny")
    assert ended.value.code == 1  # the request is not at fault
    line = capsys.readouterr().err
    assert line.startswith("dump_loa: error: TypeError: x y (test_command.py, line ")
    assert "run it with GEN_AUDIO_TRACE=1 and report the trace\n" in line
    assert line.count("\n") == 1


def test_a_reader_that_has_left_and_an_end_are_no_errors():
    for left in (BrokenPipeError, KeyboardInterrupt):
        with pytest.raises(left), one_line_errors():
            raise left
    with pytest.raises(SystemExit) as ended, one_line_errors():
        raise SystemExit(5)
    assert ended.value.code == 5


@pytest.mark.parametrize(
    "error, message, remedy",
    [
        (
            AssertionError("Torch not compiled with CUDA enabled"),
            "Torch",
            "--device cpu",
        ),
        (RuntimeError("No CUDA GPUs are available"), "No CUDA", "--ngpu 0 in training"),
        (MemoryError(), "MemoryError", "; use a smaller batch"),
        (
            RuntimeError("CUDA out of memory. Tried"),
            "CUDA out",
            "; use a smaller batch",
        ),
        (ImportError("No module named 'x'"), "No module", "tools/setup_env.sh"),
        (OSError(28, "No space left on device", "f"), "f: No sp", "free some space"),
        (FileNotFoundError(2, "No usable temporary directory"), "", "or set TMPDIR"),
        (PermissionError(13, "Permission denied", "/a/f"), "/a/f: Perm", "give a path"),
        (
            OSError(30, "Read-only file system", "CACHE/x/y"),
            "",
            "set XDG_CACHE_HOME to",
        ),
        (PermissionError(13, "No", "CACHE/huggingface/x"), "", "set XDG_CACHE_HOME to"),
        (
            PermissionError(13, "No", "HUB/models"),
            "",
            "set HF_HOME to a folder that you",
        ),
        (FileNotFoundError(2, "No such file", "f"), "f: No such file", ""),
        (ValueError("plain"), "plain", ""),
    ],
)
def test_faults_of_the_machine_have_a_remedy(
    error, message, remedy, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "CACHE"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "HUB"))
    if isinstance(error, OSError) and (error.filename or "a")[0].isupper():
        error.filename = str(tmp_path / error.filename)
    with pytest.raises(SystemExit) as ended, one_line_errors(status=2):
        raise error
    line = capsys.readouterr().err
    assert ended.value.code == 2 and line.count("\n") == 1
    assert f"error: {message}" in line and remedy in line
    assert remedy or ";" not in line


def test_a_cache_that_cannot_be_made_names_its_variable(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(SystemExit), one_line_errors():
        (tmp_path / "file" / "espnet_gen_audio").mkdir(parents=True, exist_ok=True)
    line = capsys.readouterr().err
    assert "Not a directory; this is a cache: set XDG_CACHE_HOME to a folder" in line


def test_a_decorated_main_can_be_called_twice():
    calls = []

    @one_line_errors()
    def main(cmd=None):
        calls.append(cmd)

    main(["a"])
    main(["b"])
    assert calls == [["a"], ["b"]]


def test_messages_of_keys_with_tuples_are_kept():
    assert message_of(KeyError("a", "b")) == "('a', 'b')"


def test_log_lines_have_espnet_s_form(capsys):
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = []  # pytest's own handlers must survive force=True
    try:
        setup_logging("info")
        logging.info("hello")
        assert "(test_command:" in capsys.readouterr().err
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    with pytest.raises(ValueError, match="log level 'LOUD' is unknown"):
        setup_logging("LOUD")


def test_a_warning_before_the_log_is_set_up_does_not_hide_what_follows(monkeypatch):
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    logging.warning("vae_conf: an old name")  # sets the log up as Python does
    assert root.handlers
    remove_implicit_handlers()
    assert root.handlers == []
    setup_logging()
    remove_implicit_handlers()
    assert len(root.handlers) == 1
