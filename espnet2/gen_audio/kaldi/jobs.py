"""Run a command as parallel jobs, one log per job, as Kaldi's ``run.pl`` does.

``JOB`` in the command and in the name of the log is replaced by the job's number.
Unlike Kaldi's runner, this runner starts no shell: a command is a program with its
arguments, so special characters in names are never interpreted. GPUs are assigned in
turn, and jobs end with their runner.
"""

import os
import re
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from espnet2.gen_audio.kaldi.lifetime import on_signals
from espnet2.gen_audio.kaldi.logged_process import LoggedProcess

_POLL_SECONDS = 0.02
_RANGE = re.compile(r"([A-Za-z_]\w*)=(\d+(?::\d+)?(?:,\d+(?::\d+)?)*)")


@dataclass(frozen=True)
class JobArray:
    """An array of jobs.

    Args:
        name: Word that is replaced by the job's number; empty for a single job.
        numbers: Numbers of the jobs, ascending.
        log: Name of the log file, which contains ``name``.
        command: Program and its arguments.
    """

    name: str
    numbers: tuple[int, ...]
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

    def only(self, numbers: Collection[int]) -> "JobArray":
        """Return some of the jobs.

        Args:
            numbers: Numbers of the jobs to keep.

        Returns:
            The array of these jobs.
        """
        kept = tuple(number for number in self.numbers if number in numbers)
        return replace(self, numbers=kept)

    def ranges(self) -> list[tuple[int, int]]:
        """Return the first and the last number of each unbroken range of jobs."""
        found: list[tuple[int, int]] = []
        for number in self.numbers:
            if found and number == found[-1][1] + 1:
                found[-1] = (found[-1][0], number)
            else:
                found.append((number, number))
        return found

    def words(self) -> list[str]:
        """Return the words of which ``parse_array`` makes this array."""
        shown = [f"{first}:{last}" for first, last in self.ranges()]
        jobs = [f"{self.name}={','.join(shown)}"] if self.name else []
        return [*jobs, self.log, *self.command]

    def _fill(self, text: str, number: int) -> str:
        return text.replace(self.name, str(number)) if self.name else text


def parse_array(words: Sequence[str]) -> JobArray:
    """Read ``[JOB=1:n] log command ...``; a range with gaps is ``JOB=1:3,7``.

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
    name, numbers = "", (1,)
    if found:
        words.pop(0)
        name, numbers = found[1], _numbers_of(found[2])
        if list(numbers) != sorted(set(numbers)) or not numbers or numbers[0] < 1:
            raise ValueError(f"jobs {found[0]}: the range must ascend from 1 or above")
    if len(words) < 2:
        raise ValueError(
            "expected: [JOB=1:n] <log file> <command> [<argument> ...]; given: "
            f"{' '.join(words) or 'nothing'}"
        )
    log, *command = words
    if len(numbers) > 1 and name not in log:
        raise ValueError(f"log {log} must contain {name}: each job has its own log")
    return JobArray(name, numbers, log, tuple(command))


def _numbers_of(text: str) -> tuple[int, ...]:
    numbers: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition(":")
        if int(last or first) < int(first):
            return ()
        numbers += range(int(first), int(last or first) + 1)
    return tuple(numbers)


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
    waiting = list(array.numbers)
    running: dict[int, tuple[LoggedProcess, str | None]] = {}
    failed = []

    def stop(number: int) -> None:
        """End the jobs and this process.

        Args:
            number: A signal.

        Raises:
            SystemExit: Always, with the status of a process that the signal ended.
        """
        _terminate(running)
        raise SystemExit(128 + number)

    restore = on_signals(stop)
    try:
        while waiting or running:
            while waiting and free and len(running) < at_once:
                number, device = waiting.pop(0), free.pop(0)
                running[number] = _start(array, number, device), device
            for number, (process, device) in list(running.items()):
                status = process.poll()
                if status is not None:
                    failed += [number] * (status != 0)
                    free.append(device)
                    del running[number]
            time.sleep(_POLL_SECONDS)
    finally:
        _terminate(running)
        restore()
    return sorted(failed)


def _start(array: JobArray, number: int, device: str | None) -> LoggedProcess:
    environment = dict(os.environ)
    if device is not None:
        environment["CUDA_VISIBLE_DEVICES"] = device
    return LoggedProcess(array.command_of(number), array.log_of(number), environment)


def _terminate(running: dict[int, tuple[LoggedProcess, str | None]]) -> None:
    for process, _ in running.values():
        process.ask_to_end()
    for process, _ in running.values():
        process.end()
