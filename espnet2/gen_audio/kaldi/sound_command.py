"""Run the commands that Kaldi's ``wav.scp`` may have in the place of files.

An entry such as ``sph2pipe -f wav x.sph |`` or ``sox a.mp3 -t wav - | sox - -t wav -
norm |`` is a pipeline whose output is a sound. No shell takes part: the words are split
as a shell does, each program gets its arguments as they are, and what only a shell
could do (redirections, lists, variables, substitutions) is refused.
"""

import shlex
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import IO, BinaryIO

_OPERATORS = "();<>|&"


def is_command(entry: str) -> bool:
    """Return whether an entry of wav.scp is a command."""
    return entry.rstrip().endswith("|")


def pipeline_of(entry: str) -> list[list[str]]:
    """Return the programs of a pipeline with their arguments.

    Args:
        entry: Entry of wav.scp that ends in ``|``.

    Returns:
        Words of each program, in order.

    Raises:
        ValueError: If the entry is no plain pipeline.
    """
    lexer = shlex.shlex(entry.rstrip()[:-1], posix=True, punctuation_chars=_OPERATORS)
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        words = list(lexer)
    except ValueError as error:
        raise ValueError(f"the command {entry!r} is incomplete: {error}") from error
    programs: list[list[str]] = [[]]
    for word in words:
        if word == "|":
            programs.append([])
        elif set(word) <= set(_OPERATORS) or "$" in word or "`" in word:
            raise ValueError(
                f"the command {entry!r} has {word!r}, which only a shell could read; "
                "write a plain pipeline '<program> <arguments> | ... |'"
            )
        else:
            programs[-1].append(word)
    if not all(programs):
        raise ValueError(f"the command {entry!r} has an empty part; name a program")
    return programs


def run_sound_command(entry: str, output: Path) -> None:
    """Run a pipeline and store what it writes.

    Args:
        entry: Entry of wav.scp that ends in ``|``.
        output: File to write.

    Raises:
        ValueError: If the entry is no plain pipeline, a program is not installed or
            fails.
    """
    programs = pipeline_of(entry)
    with output.open("wb") as file, ExitStack() as stack:
        try:
            running = _started(programs, file, stack)
        except OSError as error:
            raise ValueError(f"the command {entry!r} cannot be run: {error}") from error
        statuses = [program.wait() for program in running]
    failed = [words[0] for words, status in zip(programs, statuses) if status]
    if failed:
        raise ValueError(
            f"the command {entry!r} failed: {failed[0]} ended with a status other "
            "than 0; run it in a shell to see why"
        )


def _started(
    programs: list[list[str]], file: BinaryIO, stack: ExitStack
) -> list[subprocess.Popen[bytes]]:
    """Start all programs, each with the output of the one before as its input."""
    running: list[subprocess.Popen[bytes]] = []
    source: BinaryIO | IO[bytes] | int | None = subprocess.DEVNULL
    for words in programs:
        last = len(running) == len(programs) - 1
        program = subprocess.Popen(
            words,
            stdin=source,
            stdout=file if last else subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(_end, program)
        if running and running[-1].stdout:
            running[-1].stdout.close()  # only the next program reads it
        source = program.stdout
        running.append(program)
    return running


def _end(program: subprocess.Popen[bytes]) -> None:
    """End a program that still runs, because another one could not be started."""
    if program.poll() is None:
        program.kill()
        program.wait()
