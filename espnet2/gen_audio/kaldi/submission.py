"""Submit jobs to a script of Kaldi's that passes its command to a shell.

A scheduler's script from elsewhere (slurm.pl, queue.pl, pbs.pl of Kaldi or ESPnet)
joins the words of a command to one line for a shell. So it gets only the name of a
generated script, and special characters in the words are not interpreted.
"""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from espnet2.gen_audio.kaldi.cluster.job_folder import FOLDER, JobFolder
from espnet2.gen_audio.kaldi.jobs import JobArray


def submit(runner: Sequence[str], array: JobArray, parent: Path = FOLDER) -> int:
    """Run an array of jobs with a scheduler's script and wait for it.

    Args:
        runner: Program and options of the script, such as ``["/kaldi/utils/slurm.pl",
            "--mem", "8G"]``.
        array: The jobs; each writes its own log.
        parent: Folder for the generated files; all machines must see it under this
            name.

    Returns:
        Exit status of the script, 128 and the number of the signal if one ended it; of
        several if the numbers have gaps, the largest.
    """
    folder = JobFolder(array, parent)
    try:
        script = str(folder.script())
        statuses = []
        for first, last in array.ranges():
            jobs = [f"{array.name}={first}:{last}"] if array.name else []
            number = array.name or "1"
            words = [*runner, *jobs, str(folder.place / f"out.{number}")]
            words += ["sh", script, number]
            status = subprocess.run(words, check=False).returncode
            statuses.append(status if status >= 0 else 128 - status)
        for number in array.numbers:
            told = folder.place / f"out.{number}"
            if number not in folder.statuses() and told.is_file():
                shutil.copyfile(told, array.log_of(number))  # it did not start
        return max(statuses, default=0)
    finally:
        folder.remove()
