"""What every command of the plugin shares: its log form and its one-line errors."""

import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TRACE_VARIABLE = "GEN_AUDIO_TRACE"
_USER_ERRORS = (ValueError, KeyError, OSError, RuntimeError)
_LOG_FORM = "%(asctime)s (%(module)s:%(lineno)d) %(levelname)s: %(message)s"


def setup_logging(level: str = "INFO") -> None:
    """Send log lines to standard error in ESPnet's form.

    Args:
        level: Name of the lowest level shown, for example ``INFO``.

    Raises:
        ValueError: If there is no such level.
    """
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(
            f"log level {level!r} is unknown; use DEBUG, INFO, WARNING or ERROR"
        )
    logging.basicConfig(level=number, format=_LOG_FORM, force=True)


@contextmanager
def one_line_errors(status: int = 1) -> Iterator[None]:
    """End the program with one line when the user's input is at fault.

    Use it as a decorator of ``main`` (``@one_line_errors()``) or in a ``with``
    block. The line reads ``<command>: error: <message>``.
    With GEN_AUDIO_TRACE=1 in the environment the full trace is printed as well.

    Args:
        status: Exit status; 2 where the request itself is at fault, as argparse says.

    Yields:
        Nothing.

    Raises:
        SystemExit: With that status, in place of the error.
        BrokenPipeError: As it came: whoever read the output has left.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except _USER_ERRORS as error:
        if os.environ.get(TRACE_VARIABLE) == "1":
            traceback.print_exc()
        print(f"{_command_name()}: error: {message_of(error)}", file=sys.stderr)
        raise SystemExit(status) from error


def message_of(error: BaseException) -> str:
    """Return the message of an error as one line.

    Args:
        error: Any exception.

    Returns:
        Its text without line breaks; its class name when it has no text.
    """
    if isinstance(error, KeyError) and len(error.args) == 1:
        # str(KeyError) is the repr of its argument, quotes and escapes included.
        text = str(error.args[0])
    elif isinstance(error, OSError) and error.strerror and error.filename:
        text = f"{error.filename}: {error.strerror}"
    else:
        text = str(error)
    return " ".join(text.split()) or type(error).__name__


def _command_name() -> str:
    return Path(sys.argv[0]).stem or "gen_audio"
