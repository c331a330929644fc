"""Run a command as parallel jobs, one log per job, as Kaldi's ``run.pl`` does.

``JOB`` in the command and in the name of the log is replaced by the job's number.
Unlike Kaldi's runner, this runner starts no shell: a command is a program with its
arguments, so special characters in names are never interpreted. GPUs are assigned in
turn, and jobs end with their runner.
"""

import ctypes
import datetime
import os
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

_POLL_SECONDS = 0.02
_RANGE = re.compile(r"([A-Za-z_]\w*)=(\d+)(?::(\d+))?")
_PR_SET_PDEATHSIG = 1  # Linux, sys/prctl.h
_TELL_WHAT_IS_MISSING = ("env", "--")  # logs that a program does not exist


@dataclass(frozen=True)
class JobArray:
    """An array of jobs.

    Args:
        name: Word that is replaced by the job's number; empty for a single job.
        first: Number of the first job.
        last: Number of the last job.
        log: Name of the log file, which contains ``name``.
        command: Program and its arguments.
    """

    name: str
    first: int
    last: int
    log: str
    command: tuple[str, ...]

    def log_of(self, number: int) -> Path:
        """Return the log file of a job.

        Args:
            number: Number of the job.

        Returns:
            Its path.
        """
        return Path(self._fill(self.log, number))

    def command_of(self, number: int) -> list[str]:
        """Return the program and the arguments of a job.

        Args:
            number: Number of the job.

        Returns:
            The words, which are passed to the program unchanged.
        """
        return [self._fill(word, number) for word in self.command]

    def _fill(self, text: str, number: int) -> str:
        return text.replace(self.name, str(number)) if self.name else text


def parse_array(words: Sequence[str]) -> JobArray:
    """Read ``[JOB=1:n] log command ...``.

    Args:
        words: Arguments after the options of ``run.pl``.

    Returns:
        The jobs.

    Raises:
        ValueError: If the range is not ascending, the name of the log of several jobs
            has no number, or there is no command.
    """
    words = list(words)
    found = _RANGE.fullmatch(words[0]) if words else None
    name, first, last = "", 1, 1
    if found:
        words.pop(0)
        name, first = found[1], int(found[2])
        last = int(found[3] or first)
        if not 1 <= first <= last:
            raise ValueError(f"jobs {found[0]}: the range must ascend from 1 or above")
    if len(words) < 2:
        raise ValueError(
            "expected: [JOB=1:n] <log file> <command> [<argument> ...]; given: "
            f"{' '.join(words) or 'nothing'}"
        )
    log, *command = words
    if first < last and name not in log:
        raise ValueError(f"log {log} must contain {name}: each job has its own log")
    return JobArray(name, first, last, log, tuple(command))


def run_jobs(array: JobArray, at_once: int, gpus: Sequence[str] = ()) -> list[int]:
    """Run all jobs and wait for them.

    Args:
        array: The jobs.
        at_once: Number of parallel jobs.
        gpus: Values of CUDA_VISIBLE_DEVICES. Each running job has its own value, so
            there are never more parallel jobs than values. If empty, the variable is
            not set.

    Returns:
        Numbers of the jobs that failed, ascending.
    """
    free = list(gpus) if gpus else [None] * at_once
    waiting = list(range(array.first, array.last + 1))
    running: dict[int, tuple[subprocess.Popen, str | None, Callable]] = {}
    failed = []
    restore = _stop_jobs_on_signals(running)
    try:
        while waiting or running:
            while waiting and free and len(running) < at_once:
                number, device = waiting.pop(0), free.pop(0)
                process, finish = _start(array, number, device)
                running[number] = (process, device, finish)
            for number, (process, device, finish) in list(running.items()):
                status = process.poll()
                if status is not None:
                    finish(status)
                    failed += [number] * (status != 0)
                    free.append(device)
                    del running[number]
            time.sleep(_POLL_SECONDS)
    finally:
        _terminate(running)
        restore()
    return sorted(failed)


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


def _start(
    array: JobArray, number: int, device: str | None
) -> tuple[subprocess.Popen, Callable[[int], None]]:
    command, log = array.command_of(number), array.log_of(number)
    log.parent.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    shown = shlex.join(command).replace("\n", "\n# ")
    log.write_text(f"# {shown}\n# Started at {_now()}\n#\n", encoding="utf-8")
    environment = dict(os.environ)
    if device is not None:
        environment["CUDA_VISIBLE_DEVICES"] = device
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*_TELL_WHAT_IS_MISSING, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            preexec_fn=death_with_parent(),
            close_fds=False,  # a running job keeps the lock of the recipe
        )

    def finish(status: int) -> None:
        """Write the end of the job to its log, as in Kaldi."""
        seconds = round(time.monotonic() - begin)
        gap = "" if log.read_bytes().endswith(b"\n") else "\n"
        with log.open("a", encoding="utf-8") as output:
            output.write(
                f"{gap}# Ended (code {status}) at {_now()}, elapsed time {seconds}"
                " seconds\n"
            )

    return process, finish


def death_with_parent() -> Callable[[], None] | None:
    """Return a function after which a process is killed when its parent ends.

    Returns:
        A function for ``preexec_fn`` of ``subprocess``, or for a process to call
        itself; None on systems other than Linux.
    """
    prctl = getattr(ctypes.CDLL(None), "prctl", None)  # absent outside Linux
    if prctl is None:
        return None
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _stop_jobs_on_signals(running: dict) -> Callable[[], None]:
    def stop(number: int, frame: FrameType | None) -> None:
        """Handle a signal: end the jobs and the process.

        Args:
            number: The signal.
            frame: Unused.

        Raises:
            SystemExit: Always, with the status of a process that the signal ended.
        """
        _terminate(running)
        raise SystemExit(128 + number)

    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}

    def restore() -> None:
        """Restore the previous handlers of the signals."""
        for number, handler in before.items():
            signal.signal(number, handler)

    return restore


def _terminate(running: dict) -> None:
    for process, _, _ in running.values():
        process.terminate()
    for process, _, _ in running.values():
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _now() -> str:
    return datetime.datetime.now().strftime("%Y-%m-%dT%H:%M:%S")
