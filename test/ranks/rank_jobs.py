"""Lists of trainings that two processes do, see ``two_ranks.py``.

The trainings are those of ``test/regression``, whose folder must be in ``sys.path``.
"""

import json
import subprocess
import sys
from pathlib import Path

from trainings import train

HERE = Path(__file__).parent


class Jobs:
    """The list of trainings, and the folder where they are done.

    Args:
        folder: Folder with ``data``; gets an experiment for each training.
    """

    def __init__(self, folder: Path):
        self.folder, self.jobs, self.alone = folder, [], 0

    def add(self, name, training, draws, options="", both=True, **more):
        """Add a training by both processes, or by one of them in turn."""

        def take(command, *words, title=""):
            if title == "collect_stats":
                return
            words = [str(word) for word in words]
            if "--fbank_stats" in words:
                place = words.index("--fbank_stats")
                del words[place : place + 2]
            self.append(name, command, words, draws, options, both, **more)

        train(take, self.folder / "data", self.folder / "drawn", training)

    def append(self, name, command, words, draws, options, both, **more):
        """Add the command of a training."""
        self.alone += not both
        job = {"name": name, "command": command, "draws": draws, **more}
        job["ranks"] = [0, 1] if both else [self.alone % 2]
        output = str(self.folder / more.pop("output", name))
        job["words"] = [*words, *options.split(), "--output_dir", output]
        self.jobs.append(job)

    def run(self, timeout=540):
        """Do all in two processes; return what failed, by rank and job."""
        (self.folder / "jobs.json").write_text(json.dumps(self.jobs))
        processes = []
        for rank in (0, 1):
            log = (self.folder / f"log-{rank}").open("w")
            words = [sys.executable, HERE / "two_ranks.py", str(rank), self.folder]
            process = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT)
            processes.append(process)
        try:
            assert [process.wait(timeout=timeout) for process in processes] == [0, 0]
        finally:
            for process in processes:
                process.kill()
        files = [self.folder / f"failures-{rank}.json" for rank in (0, 1)]
        return [json.loads(file.read_text()) for file in files]
