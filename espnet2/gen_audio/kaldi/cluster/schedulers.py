"""Schedulers of clusters: how an array is submitted, looked for and ended.

Slurm (sbatch), Grid Engine and PBS (qsub). Their programs are found on the PATH.
"""

import logging
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from espnet2.gen_audio.kaldi.cluster.job_folder import JobFolder
from espnet2.gen_audio.kaldi.cluster.rules import Rules

_SECONDS = 120  # for an answer of a scheduler
_CODE = 6  # characters of a folder's name that tell its jobs from all others


@dataclass(frozen=True)
class Commands:
    """The programs of a scheduler.

    Args:
        submit: Program and options of a submission, with ``{place}`` for the folder of
            the array; it prints the id of the job.
        id: Pattern of the id; the first group is kept.
        find: Program and options that print the job with an id.
        find_named: Program and options that print the jobs of a name.
        named_id: Pattern of an id in what ``find_named`` prints; as ``id``.
        is_gone: Whether the status and the output of ``find`` say that a job is in the
            queue no longer. Any other answer means that it may be.
        stuck: Pattern of what ``find`` prints of a job that waits for a person: it is
            held, or failed to start.
        cancel: Program that ends the job with an id.
        longest_name: Largest number of characters of a job's name.
    """

    submit: tuple[str, ...]
    id: str
    find: tuple[str, ...]
    find_named: tuple[str, ...]
    named_id: str
    is_gone: Callable[[int, str], bool]
    stuck: str
    cancel: tuple[str, ...]
    longest_name: int = 60


def _slurm_is_gone(status: int, said: str) -> bool:
    return not said.strip() if status == 0 else "Invalid job id" in said


def _grid_engine_is_gone(status: int, said: str) -> bool:
    return status != 0 and "do not exist" in said


def _pbs_is_gone(status: int, said: str) -> bool:
    if status != 0:
        return "Unknown Job" in said or "has finished" in said
    cells = said.strip().splitlines()[-1].split() if said.strip() else []
    return len(cells) >= 5 and cells[4] in ("C", "F", "X")  # completed, finished


COMMANDS: Mapping[str, Commands] = {
    "slurm": Commands(
        ("sbatch", "--parsable", "--output", "{place}/out.%j"),
        r"(\d+)(?:;.*)?",
        ("squeue", "--noheader", "--format", "%i %r", "--jobs"),
        ("squeue", "--noheader", "--format", "%F", "--name"),
        r"(\d+)",
        _slurm_is_gone,
        r"held|BadConstraints|NeverSatisfied",
        ("scancel",),
    ),
    "sge": Commands(
        ("qsub", "-terse", "-j", "y", "-S", "/bin/sh", "-o", "{place}/out"),
        r"(\d+)(?:\..*)?",
        ("qstat", "-j"),
        ("qstat", "-j"),
        r"job_number:\s+(\d+)",
        _grid_engine_is_gone,
        r"error reason|(error|hold) state",
        ("qdel",),
    ),
    "pbs": Commands(
        ("qsub", "-j", "oe", "-S", "/bin/sh", "-o", "{place}/out"),
        r"(\d+(?:\[\])?(?:\.\S+)?)",
        ("qstat",),
        ("qselect", "-N"),
        r"(\d+(?:\[\])?(?:\.\S+)?)",
        _pbs_is_gone,
        r"^\d(\S*\s+){4}H\s",
        ("qdel",),
        15,
    ),
}


class Scheduler:
    """Submits the jobs of one folder.

    Attributes:
        ask_every: Seconds between two questions to the queue.
        settle: Seconds in which the result of a job becomes visible to all machines.

    Args:
        kind: ``slurm``, ``sge`` or ``pbs``.
        rules: What the options of a request mean.
        request: Options of each job by name: gpu, mem, num_threads, time, name and
            others that the rules have.
    """

    ask_every = 15.0
    settle = 10.0

    def __init__(self, kind: str, rules: Rules, request: Mapping[str, str]):
        self.kind, self.rules = kind, rules
        self.commands = COMMANDS[kind]
        self.request = dict(request)
        name = re.sub(r"[^A-Za-z0-9_-]", "_", self.request.get("name", "job"))
        self._name = name if name[:1].isalpha() else f"j{name}"
        self.ids: list[str] = []
        self._stuck: set[str] = set()  # ids of those that were named
        self.shown = f"{kind} job"

    def start(self, folder: JobFolder, numbers: Sequence[int]) -> None:
        """Submit jobs.

        Args:
            folder: Folder of the array.
            numbers: Numbers of the jobs; each unbroken range becomes an array.

        Raises:
            ValueError: If the scheduler refuses them.
        """
        code = folder.place.name[-_CODE:]  # the jobs are found by it
        most = self.commands.longest_name - len(code) - 1
        self.request["name"] = f"{self._name[:most]}-{code}"
        for first, last in folder.array.only(numbers).ranges():
            words = self._request_of(first, last)
            script = folder.script(None if last > first else first)
            place = str(folder.place)
            program, *fixed = [w.format(place=place) for w in self.commands.submit]
            own = self.rules.command[1:]
            job = self._submit([program, *own, *fixed, *words, str(script)])
            self.ids.append(job)
            with (folder.place / "ids").open("a", encoding="utf-8") as file:
                file.write(f"{self.kind} {job}\n")

    def _submit(self, words: Sequence[str]) -> str:
        answer = _run(words)
        found = re.fullmatch(self.commands.id, answer.stdout.strip())
        if found and not answer.returncode:
            return found[1]
        said = (answer.stderr or answer.stdout).strip().splitlines() or ["no reason"]
        # The answer may have got lost while the job was queued. One that is queued even
        # later does nothing, since its folder is gone by then.
        listed = _run([*self.commands.find_named, self.request["name"]]).stdout
        for line in listed.splitlines():
            found = re.fullmatch(self.commands.named_id, line.strip())
            if found and found[1] not in self.ids:
                logging.warning(
                    "%s: %s; job %s is queued all the same",
                    words[0],
                    said[-1],
                    found[1],
                )
                return found[1]
        raise ValueError(
            f"{words[0]} refused a job: {said[-1]};"
            f" its options come from {self.rules.path} and cmd.sh"
        )

    def _request_of(self, first: int, last: int) -> list[str]:
        request = dict(self.request)
        most = request.get("max_jobs_run")
        if last > first:
            request["array"] = f"{first}-{last}"
            if most and not self.rules.has("max_jobs_run"):
                request["array"] += f"%{most}"
        if last == first or not self.rules.has("max_jobs_run"):
            request.pop("max_jobs_run", None)
        return self.rules.words(request)

    def lives(self) -> bool:
        """Return whether a job is in the queue, or may be."""
        return any(self._is_in_queue(job) for job in self.ids)

    def _is_in_queue(self, job: str) -> bool:
        status, said = _look_for(self.kind, job)
        stuck = re.search(self.commands.stuck, said, re.IGNORECASE | re.MULTILINE)
        if status == 0 and stuck and job not in self._stuck:
            self._stuck.add(job)
            logging.warning(
                "%s job %s is held or in error (%s): release or delete it",
                *(self.kind, job, stuck[0]),
            )
        return not self.commands.is_gone(status, said)

    def cancel(self) -> None:
        """End all jobs that were submitted."""
        for job in self.ids:
            cancel(self.kind, job)


def is_in_queue(kind: str, job: str) -> bool:
    """Return whether a job is in the queue, or may be.

    Args:
        kind: Name of the scheduler.
        job: The id.

    Returns:
        False only if the scheduler says that it knows no such job.
    """
    return not COMMANDS[kind].is_gone(*_look_for(kind, job))


def _look_for(kind: str, job: str) -> tuple[int, str]:
    answer = _run([*COMMANDS[kind].find, job])
    return answer.returncode, answer.stdout + answer.stderr


def cancel(kind: str, job: str) -> None:
    """End a job.

    Args:
        kind: Name of the scheduler.
        job: The id.
    """
    _run([*COMMANDS[kind].cancel, job])


def _run(words: Sequence[str]) -> subprocess.CompletedProcess:
    try:
        return subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
    except FileNotFoundError as error:
        raise ValueError(
            f"{words[0]} is not installed here; cmd_backend in cmd.sh names the"
            " scheduler"
        ) from error
    except subprocess.TimeoutExpired:
        said = f"no answer within {_SECONDS} s"
        return subprocess.CompletedProcess(words, 1, "", said)
