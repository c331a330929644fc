"""Run an array of jobs on other machines: submit, watch, repeat what failed, end.

A job tells its exit status itself. The queue is asked seldom, to learn of jobs that
ended without telling: killed for memory, or with their machine.
"""

import contextlib
import fcntl
import logging
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

from espnet2.gen_audio.files.regular_file import regular
from espnet2.gen_audio.kaldi.cluster import schedulers
from espnet2.gen_audio.kaldi.cluster.job_folder import FOLDER, JobFolder, remove_folder
from espnet2.gen_audio.kaldi.logged_process import write_end

_POLL_SECONDS = 0.2
_SECONDS_TO_BE_GONE = 120
_ID = re.compile(r"(slurm|sge|pbs) (\d[\w.\[\]-]*)")


class Backend(Protocol):
    """What runs jobs: ``Scheduler`` or ``Hosts``.

    Attributes:
        ids: Ids of the jobs that were submitted.
        shown: What the ids are, for messages.
        ask_every: Seconds between two calls of ``lives``.
        settle: Seconds in which the result of a job becomes visible to all machines.
    """

    ids: list[str]
    shown: str
    ask_every: float
    settle: float

    def start(self, folder: JobFolder, numbers: Sequence[int]) -> None:
        """Submit jobs of a folder."""

    def lives(self) -> bool:
        """Return whether a job may still run."""

    def cancel(self) -> None:
        """End all jobs."""


def run_array(
    backend: Backend,
    folder: JobFolder,
    lives: Callable[[], bool],
    repeats: int = 0,
) -> list[int]:
    """Run all jobs of a folder and wait for them.

    Args:
        backend: What runs the jobs.
        folder: Folder of the array; removed at the end.
        lives: Whether the caller lives; when it does not, the jobs are ended.
        repeats: How often jobs that failed are run again; only these.

    Returns:
        Numbers of the jobs that failed, ascending.

    Raises:
        SystemExit: With status 143 if the caller has ended.
    """
    left = list(folder.array.numbers)
    try:
        for repeat in range(repeats + 1):
            known = len(backend.ids)
            backend.start(folder, left)
            shown = " ".join([backend.shown, *backend.ids[known:]])
            again = "repeating failed jobs, " if repeat else ""
            logging.info(
                "%s%s: %d to run; logs: %s", again, shown, len(left), folder.array.log
            )
            left = _wait(backend, folder, left, lives)
            if not left:
                break
            if repeat < repeats:
                for number in left:
                    folder.forget(number)
        return left
    except BaseException:
        _end(backend)
        raise
    finally:
        folder.remove()


def _wait(
    backend: Backend,
    folder: JobFolder,
    numbers: Sequence[int],
    lives: Callable[[], bool],
) -> list[int]:
    """Wait for jobs; return the numbers of those that failed."""
    asked, gone = time.monotonic(), None
    while True:
        statuses, now = folder.statuses(), time.monotonic()
        missing = [number for number in numbers if number not in statuses]
        if not missing or (gone is not None and now - gone > backend.settle):
            break
        if not lives():
            raise SystemExit(143)
        if gone is None and now - asked >= backend.ask_every:
            gone = None if backend.lives() else time.monotonic()
            asked = time.monotonic()
        time.sleep(min(_POLL_SECONDS, backend.ask_every))
    for number in missing:
        log = folder.array.log_of(number)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{folder.said()}\nThe job left the queue without a result.\n")
        write_end(log, 1)
    return [number for number in numbers if statuses.get(number, 1) != 0]


def _end(backend: Backend) -> None:
    """End all jobs, and wait until they are gone, so that locks are held so long."""
    backend.cancel()
    _wait_until_gone(backend.lives)


def _wait_until_gone(lives: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _SECONDS_TO_BE_GONE
    while lives():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def end_left_jobs(parent: Path = FOLDER) -> list[str]:
    """End jobs of runs that ended without ending them, with their machine.

    Waits until they are gone. If they are not after two minutes, their folder stays for
    the next call, and a warning names them.

    Args:
        parent: Folder of the folders of arrays; that of an array which is still watched
            over is locked, and left alone.

    Returns:
        Ids of the jobs.
    """
    ended = []
    for file in sorted(parent.glob("*/job.json")):
        # a file that is locked is watched over; one that is gone was removed meanwhile
        with contextlib.suppress(BlockingIOError, FileNotFoundError):
            with file.open("r+b") as lock:  # NFS locks no file that is only read
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                file.stat()  # it may have been removed before it was locked
                ended += _end_folder(file.parent, lock)
    return ended


def _end_folder(place: Path, lock: BinaryIO) -> list[str]:
    path, jobs = place / "ids", []
    if path.is_file():
        text = regular(path, 1_000_000).read_text(encoding="utf-8")
        found = [_ID.fullmatch(line) for line in text.splitlines()]
        jobs = [match.groups() for match in found if match]
    jobs = [job for job in jobs if schedulers.is_in_queue(*job)]
    for job in jobs:
        schedulers.cancel(*job)
    ids = [number for _, number in jobs]
    if _wait_until_gone(lambda: any(schedulers.is_in_queue(*job) for job in jobs)):
        remove_folder(place, lock)
    else:
        logging.warning("jobs %s were cancelled and are not gone yet", " ".join(ids))
    return ids
