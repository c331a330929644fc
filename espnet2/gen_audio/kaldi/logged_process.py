"""A program whose output goes to a log, with the first and last lines of Kaldi's logs.

# <the command>
# Started at <time>
#
<output>
# Ended (code <status>) at <time>, elapsed time <n> seconds
"""

import datetime
import re
import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from espnet2.gen_audio.kaldi.lifetime import death_with_parent

_TELL_WHAT_IS_MISSING = ("env", "--")  # logs that a program does not exist
# of this module and run.pl, and of Kaldi's slurm.pl and queue.pl
_SUCCESS = re.compile(r"# (Ended \(code 0\) at|Finished at .* with status 0)")
_SECONDS_TO_END = 5


class LoggedProcess:
    """A running program. It is killed when this process ends.

    Args:
        command: Program and its arguments.
        log: Log file, which is written anew.
        environment: Its environment variables.
        notes: Lines for the head of the log.
    """

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str],
        notes: Sequence[str] = (),
    ):
        self._log, self._begin = log, time.monotonic()
        log.parent.mkdir(parents=True, exist_ok=True)
        shown = shlex.join(command).replace("\n", "\n# ")
        lines = [shown, *notes, f"Started at {_now()}"]
        head = "".join(f"# {line}\n" for line in lines)
        log.write_text(f"{head}#\n", encoding="utf-8")
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*_TELL_WHAT_IS_MISSING, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                preexec_fn=death_with_parent(),
                close_fds=False,  # a running job keeps the lock of the recipe
            )

    def poll(self) -> int | None:
        """Return the exit status, and write the end of the log; None while it runs."""
        status = self._process.poll()
        if status is not None and self._begin is not None:
            seconds = round(time.monotonic() - self._begin)
            self._begin = None
            write_end(self._log, status, f", elapsed time {seconds} seconds")
        return status

    def ask_to_end(self) -> None:
        """Send SIGTERM, without waiting."""
        self._process.terminate()

    def end(self) -> None:
        """Wait some seconds for the end, then kill the program."""
        try:
            self._process.wait(timeout=_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.poll()


def write_end(log: Path, status: int, more: str = "") -> None:
    """Append the last line of a log.

    Args:
        log: Log file.
        status: Exit status.
        more: Rest of the line.
    """
    gap = "" if not log.is_file() or log.read_bytes().endswith(b"\n") else "\n"
    with log.open("a", encoding="utf-8") as output:
        output.write(f"{gap}# Ended (code {status}) at {_now()}{more}\n")


def ended_well(log: Path) -> bool:
    """Return whether the last line of a log says that its job succeeded.

    Args:
        log: Log file, of this module or of a script of Kaldi.

    Returns:
        False if it failed, still runs, or has no log.
    """
    if not log.is_file():
        return False
    lines = log.read_bytes().rstrip().rsplit(b"\n", 1)
    return bool(_SUCCESS.match(lines[-1].decode("utf-8", "replace")))


def log_tail(path: Path, lines: int = 12) -> str:
    """Return the last lines of a log, without the lines of the runner.

    Args:
        path: Log file.
        lines: Largest number of lines.

    Returns:
        The lines, joined.
    """
    if not path.is_file():
        return ""
    text = path.read_text(encoding="utf-8", errors="replace").rstrip()
    return "\n".join([x for x in text.split("\n") if x[:1] != "#"][-lines:])


def _now() -> str:
    return datetime.datetime.now().strftime("%Y-%m-%dT%H:%M:%S")
