"""The log format and the one-line errors of every command."""

import errno
import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from espnet2.gen_audio.cli.garbage import resume_collection

TRACE_VARIABLE = "GEN_AUDIO_TRACE"
_USER_ERRORS = (ValueError, KeyError, OSError, RuntimeError)
_PACKAGE = "gen_audio"
_DOCTOR = "python -m espnet2.gen_audio.bin.doctor"
_NO_GPU = (  # texts of several error classes of torch
    "not compiled with CUDA",
    "Found no NVIDIA driver",
    "No CUDA GPUs are available",
    "no CUDA-capable device",
    "is_available() is False",
)
_NOT_WRITABLE = (
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOTDIR,
    errno.EEXIST,
)
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


def remove_implicit_handlers() -> None:
    """Remove the handlers that a warning before any set-up of the log has left.

    With them, ``logging.basicConfig`` of ESPnet does nothing, and a training that
    warned of an old option at its start would show no line of its progress.
    """
    root = logging.getLogger()
    for handler in list(root.handlers):
        if getattr(handler.formatter, "_fmt", None) == logging.BASIC_FORMAT:
            root.removeHandler(handler)


@contextmanager
def one_line_errors(status: int = 1) -> Iterator[None]:
    """End the program with a one-line error instead of a traceback.

    Use it as a decorator of ``main`` (``@one_line_errors()``) or in a ``with`` block.
    The line is ``<command>: error: <message>``. For an exception that no input should
    cause, the line also has class and place of the error. With GEN_AUDIO_TRACE=1 in the
    environment the traceback is also printed. Garbage is collected again, which the
    import of a command has stopped.

    Args:
        status: Exit status; 2 for mistakes in the request, as in argparse.

    Yields:
        Nothing.

    Raises:
        SystemExit: Instead of the error, with ``status``, or 1 for a fault of the
            program.
        BrokenPipeError: Unchanged, if the reader of the output has closed it.
    """
    resume_collection()
    try:
        yield
    except BrokenPipeError:
        raise
    except Exception as error:
        if os.environ.get(TRACE_VARIABLE) == "1":
            traceback.print_exc()
        message, expected = line_of(error)
        sys.stderr.write(f"{_command_name()}: error: {message}\n")
        raise SystemExit(status if expected else 1) from error


def line_of(error: BaseException) -> tuple[str, bool]:
    """Return what a command says about an error, after its name.

    Args:
        error: Any exception.

    Returns:
        The line, and whether an input or the machine may cause such an error; if not,
        the line has class and place of the error.
    """
    expected = isinstance(error, _USER_ERRORS) or bool(_remedy(error))
    return (message_of(error) if expected else _fault(error)), expected


def message_of(error: BaseException) -> str:
    """Return the message of an error as one line, with a remedy if one is known.

    Args:
        error: Any exception.

    Returns:
        Its text without line breaks; its class name if it has no text.
    """
    return _text(error) + _remedy(error)


def _text(error: BaseException) -> str:
    """Return the text of an error as one line."""
    if isinstance(error, KeyError) and len(error.args) == 1:
        # str(KeyError) is the repr of its argument, including quotes and escapes.
        text = str(error.args[0])
    elif isinstance(error, OSError) and error.strerror and error.filename:
        text = f"{error.filename}: {error.strerror}"
    else:
        text = str(error)
    return " ".join(text.split()) or type(error).__name__


def _fault(error: BaseException) -> str:
    """Return one line about an error that no input should cause."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _PACKAGE in frame.filename] or frames
    place = ", ".join(f"{Path(f.filename).name}, line {f.lineno}" for f in own[-1:])
    return (
        f"{type(error).__name__}: {_text(error)} ({place}); no input should cause "
        f"this: run it with {TRACE_VARIABLE}=1 and report the trace"
    )


def _remedy(error: BaseException) -> str:
    """Return the remedy for an error of the machine, with a semicolon, or nothing."""
    text = str(error)
    if any(words in text for words in _NO_GPU):
        return f"; use --device cpu (--ngpu 0 in training), or run {_DOCTOR}"
    if "out of memory" in text or isinstance(error, MemoryError):
        return "; use a smaller batch, shorter sounds, or --low_memory where it exists"
    if "No usable temporary directory" in text:  # tempfile's words for full disks
        return "; free some space, or set TMPDIR to a folder on another disk"
    if isinstance(error, ImportError):
        return f"; run tools/setup_env.sh, or {_DOCTOR}"
    return _remedy_of_file(error) if isinstance(error, OSError) else ""


def _remedy_of_file(error: OSError) -> str:
    """Return the remedy for an error of a file or a disk."""
    if error.errno == errno.ENOSPC:
        return "; free some space, or give a folder on another disk"
    if error.errno not in _NOT_WRITABLE:
        return ""
    variable = _cache_variable(error.filename)
    if variable:
        return f"; this is a cache: set {variable} to a folder that you can write"
    return "; give a path that you can read and write"


def _cache_variable(path: str | os.PathLike | None) -> str | None:
    """Return the variable that sets the cache folder which contains a path, if any."""
    if not isinstance(path, (str, os.PathLike)):
        return None
    home = Path.home() / ".cache"
    folders = {
        "HF_HOME": home / "huggingface",
        "MPLCONFIGDIR": home / "matplotlib",
        "TORCHINDUCTOR_CACHE_DIR": None,
        "XDG_CACHE_HOME": home,
    }
    for variable, usual in folders.items():
        folder = os.environ.get(variable) or usual
        if folder and Path(path).absolute().is_relative_to(Path(folder).absolute()):
            return variable
    return None


def _command_name() -> str:
    return Path(sys.argv[0]).stem or "gen_audio"
