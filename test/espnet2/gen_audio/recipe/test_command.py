"""One-line errors and log lines."""

import logging

import pytest

from espnet2.gen_audio.recipe.command import message_of, one_line_errors, setup_logging


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


def test_a_fault_of_the_program_keeps_its_trace():
    with pytest.raises(TypeError), one_line_errors():
        raise TypeError("x")


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
