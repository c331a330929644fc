"""Submit jobs to a scheduler's script that passes its command to a shell.

Kaldi's slurm.pl, queue.pl and pbs.pl, and ssh, join the words of a command to one line
for a shell. So they get only the name of a generated file, which contains the program
and its arguments; special characters in these are not interpreted.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from espnet2.gen_audio.files.atomic_file import write_json
from espnet2.gen_audio.files.plain_json import load_json
from espnet2.gen_audio.files.regular_file import regular
from espnet2.gen_audio.kaldi.jobs import JobArray

FOLDER = Path(".jobs")  # in the recipe's folder, the working directory of every job


def submit(
    runner: Sequence[str],
    array: JobArray,
    reader: Sequence[str],
    folder: Path = FOLDER,
) -> int:
    """Run an array of jobs with a scheduler's script and wait for it.

    Args:
        runner: Program and options of the script, such as ``["slurm.pl", "--mem",
            "8G"]``.
        array: The jobs; each log is a link while they run, and a file afterwards.
        reader: Command that runs a job, given the generated file and a number.
        folder: Folder for the generated files; all machines must see it under this
            name.

    Returns:
        Exit status of the script.
    """
    folder.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(dir=folder))
    write_json(place / "job.json", {"name": array.name, "command": array.command})
    words = [*runner]
    if array.name:
        words.append(f"{array.name}={array.first}:{array.last}")
    number = array.name or "1"
    words += [str(place / f"log.{number}"), *reader]
    words += [str(place / "job.json"), number]
    numbers = range(array.first, array.last + 1)
    logs = {place / f"log.{job}": array.log_of(job) for job in numbers}
    for log, shown in logs.items():  # so that logs can be read while jobs run
        shown.parent.mkdir(parents=True, exist_ok=True)
        shown.unlink(missing_ok=True)
        shown.symlink_to(log.resolve())
    try:
        return subprocess.run(words, check=False).returncode
    finally:
        for log, shown in logs.items():
            shown.unlink(missing_ok=True)
            if log.is_file():
                shutil.move(log, shown)
        shutil.rmtree(place, ignore_errors=True)


def command_of_file(path: Path, number: int) -> list[str]:
    """Return the program and the arguments of one job of a generated file.

    Args:
        path: File that ``submit`` wrote.
        number: Number of the job.

    Returns:
        The words.

    Raises:
        ValueError: If the file is no such file.
    """
    content = load_json(regular(path).read_text(encoding="utf-8"))
    words = content.get("command") if isinstance(content, dict) else None
    if not words or not all(isinstance(word, str) for word in words):
        raise ValueError(
            f"{path} contains no job; submit writes such files, and each is read once"
        )
    return JobArray(content["name"], 1, number, "", tuple(words)).command_of(number)
