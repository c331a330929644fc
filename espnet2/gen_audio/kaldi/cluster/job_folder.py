"""The folder of an array of jobs that run elsewhere: generated files, logs and results.

A scheduler gets the name of a script in this folder, which names a file with the
command, so that no word of a command reaches a shell. The file also has the working
folder and the environment, which schedulers hand over in part or not at all. A job
writes its log itself, and its exit status to ``status.<number>``.
"""

import fcntl
import json
import os
import shlex
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from espnet2.gen_audio.files.atomic_file import atomic_path, write_text
from espnet2.gen_audio.files.plain_json import load_json
from espnet2.gen_audio.files.regular_file import regular
from espnet2.gen_audio.kaldi.jobs import JobArray
from espnet2.gen_audio.kaldi.lifetime import on_signals
from espnet2.gen_audio.kaldi.logged_process import LoggedProcess

FOLDER = Path(".jobs")  # in the recipe's folder, which all machines see
STARTED = "The job has started."  # what ssh passes on, so the host was reached
_POLL_SECONDS = 0.1
# what belongs to a machine, a session or another job, and is not handed over
_OWN_PREFIXES = (
    *("SLURM_", "SLURMD_", "SBATCH_", "SGE_", "PBS_", "XDG_", "SSH_", "DBUS_"),
    *("LSB_", "NVIDIA_VISIBLE"),
)
_OWN = frozenset(
    "CUDA_VISIBLE_DEVICES DISPLAY HOST HOSTNAME JOB_ID KRB5CCNAME OLDPWD PWD SHLVL "
    "TASK_ID TEMP TERM TMP TMPDIR _".split()
)
_NUMBERS = "SLURM_ARRAY_TASK_ID PBS_ARRAY_INDEX PBS_ARRAYID SGE_TASK_ID".split()
_IDS = "SLURM_ARRAY_JOB_ID SLURM_JOB_ID PBS_JOBID JOB_ID".split()
_CHECKED = ("name", "log", "folder")
_SCRIPT = """\
#!/bin/sh
# Written by the recipe: runs one job of the array in job.json.
cd {folder} || exit 1
PYTHONPATH={path}
export PYTHONPATH
exec {python} -m espnet2.gen_audio.bin.run_job_file {options}{file} "{number}"
"""


class JobFolder:
    """A folder of generated files. Its owner can read it, nobody else.

    Args:
        array: The jobs.
        parent: Folder for the folders of arrays; all machines must see it under the
            same name.
    """

    def __init__(self, array: JobArray, parent: Path = FOLDER):
        parent.mkdir(parents=True, exist_ok=True)
        self.array = array
        self.place = Path(tempfile.mkdtemp(dir=parent.resolve()))
        content = {
            "name": array.name,
            "log": array.log,
            "command": array.command,
            "folder": os.getcwd(),
            "environment": handed_over(os.environ),
        }
        with atomic_path(self.place / "job.json") as unseen:
            unseen.write_text(json.dumps(content, indent=2), encoding="utf-8")
            self._lock = unseen.open("r+b")  # NFS locks no file that is only read
            fcntl.flock(self._lock, fcntl.LOCK_EX)  # before others can see its name

    def script(self, number: int | None = None, options: str = "") -> Path:
        """Write a script that runs one job.

        Args:
            number: Number of the job; if None, the script's argument, or that in the
                variables of schedulers.
            options: Options of ``run_job_file``.

        Returns:
            The script, whose name has no special characters below the folder.
        """
        shown = "" if number is None else str(number)
        if number is None:
            for name in reversed(["1", *_NUMBERS]):
                shown = f"${{{name}:-{shown}}}"
        path = self.place / f"job{'' if number is None else number}.sh"
        text = _SCRIPT.format(
            folder=shlex.quote(os.getcwd()),
            path=shlex.quote(os.environ.get("PYTHONPATH", "")),
            python=shlex.quote(sys.executable),
            options=options and f"{options} ",
            file=shlex.quote(str(self.place / "job.json")),
            number=shown,
        )
        write_text(path, text)
        path.chmod(0o700)
        return path

    def statuses(self) -> dict[int, int]:
        """Return the exit statuses of the jobs that have ended, by number."""
        found = {}
        for path in self.place.glob("status.*"):
            number = path.name.partition(".")[2]
            if number.isdecimal():  # not the temporary name of one that is written
                found[int(number)] = int(path.read_text(encoding="utf-8"))
        return found

    def forget(self, number: int) -> None:
        """Remove the exit status of a job that is to be repeated.

        Args:
            number: Number of the job.
        """
        (self.place / f"status.{number}").unlink(missing_ok=True)

    def said(self, names: str = "out*") -> str:
        """Return the last lines of what jobs said that did not start.

        Args:
            names: Pattern of the files with their output.

        Returns:
            At most twelve lines.
        """
        texts = [
            path.read_text(encoding="utf-8", errors="replace")
            for path in sorted(self.place.glob(names))
            if path.is_file()
        ]
        return "\n".join("".join(texts).splitlines()[-12:])

    def remove(self) -> None:
        """Remove the folder."""
        remove_folder(self.place, self._lock)


def remove_folder(place: Path, lock: BinaryIO) -> None:
    """Remove the folder of an array, so that others never see a part of it.

    Args:
        place: The folder.
        lock: Its ``job.json``, open and locked. It loses its name before its lock; it
            is closed before the rest is removed, since NFS keeps open files.
    """
    (place / "job.json").unlink(missing_ok=True)
    lock.close()
    shutil.rmtree(place, ignore_errors=True)


def handed_over(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that are handed over to a job.

    Args:
        environment: Variables of this process.

    Returns:
        Those that belong to no machine, session or other job.
    """
    return {
        name: value
        for name, value in environment.items()
        if name not in _OWN and not name.startswith(_OWN_PREFIXES)
    }


def load_job(path: Path) -> dict[str, Any]:
    """Read the file of an array.

    Args:
        path: ``job.json`` of a folder.

    Returns:
        ``command`` (list of str), ``name``, ``log`` and ``folder`` (str) and
        ``environment`` (str by str).

    Raises:
        ValueError: If the file is no such file.
    """
    content = load_json(regular(path).read_text(encoding="utf-8"))
    content = content if isinstance(content, dict) else {}
    texts = [content.get(name) for name in _CHECKED]
    words, variables = content.get("command"), content.get("environment")
    texts += words if isinstance(words, list) and words else [None]
    texts += variables.values() if isinstance(variables, dict) else [None]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError(
            f"{path} contains no job; submit_jobs writes such files, and they are"
            " removed after the jobs"
        )
    return content


def run_job(path: Path, number: int, is_wanted: Callable[[], bool]) -> int:
    """Run one job of an array, with its log and its status.

    Args:
        path: ``job.json`` of the array.
        number: Number of the job.
        is_wanted: Whether the job is to go on; it is ended when this is false.

    Returns:
        Exit status of the job; 128 and the number of the signal if a signal ended it
        (130 for SIGINT), 143 if it was not wanted any more.
    """
    job = load_job(path)
    os.chdir(job["folder"])
    environment = job["environment"] | _own(os.environ)
    array = JobArray(job["name"], (number,), job["log"], tuple(job["command"]))
    ended: list[int] = []
    restore = on_signals(ended.append)
    process = LoggedProcess(
        array.command_of(number), array.log_of(number), environment, [_where(number)]
    )
    while process.poll() is None:
        if ended or not is_wanted():
            process.ask_to_end()
            process.end()
            ended = ended or [signal.SIGTERM]
            break
        time.sleep(_POLL_SECONDS)
    restore()
    status = 128 + ended[0] if ended else process.poll() or 0
    write_text(path.with_name(f"status.{number}"), f"{status}\n")
    return status


def _own(environment: Mapping[str, str]) -> dict[str, str]:
    kept = handed_over(environment)
    return {name: value for name, value in environment.items() if name not in kept}


def _where(number: int) -> str:
    found = [os.environ[name] for name in _IDS if os.environ.get(name)]
    job = f" as part of job {found[0]}" if found else ""
    host = os.environ.get("SLURMD_NODENAME") or os.uname().nodename
    return f"Number {number}{job}, on {host}"
