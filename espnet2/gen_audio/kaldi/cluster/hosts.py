"""Jobs on hosts that can be reached by ssh without a password.

ssh joins its words to a line for a shell, so it gets the name of a generated script
only. A job ends when its standard input does: when the connection breaks, too.
"""

import shlex
import subprocess
from collections.abc import Mapping, Sequence

from espnet2.gen_audio.kaldi.cluster.job_folder import JobFolder
from espnet2.gen_audio.kaldi.cluster.rules import Rules

PROGRAM = "ssh"
_WAIT = "--while_input_is_open"  # option of run_job_file
_SECONDS_TO_END = 20


class Hosts:
    """Runs the jobs of one folder, as many at once as there are places for them.

    The rules have a line ``option host=NAME`` for each place, followed by the numbers
    of its GPUs if it has any; a host that is to run several jobs has several lines
    with names such as ``NAME/2``.

    Args:
        rules: The hosts, and the options of ssh.
        request: Options of each job by name; only ``gpu`` and ``max_jobs_run`` have an
            effect.

    Attributes:
        ask_every: Seconds between two looks at the jobs.
        settle: Seconds in which the result of a job becomes visible to all machines.

    Raises:
        ValueError: If no host has as many GPUs as a job needs.
    """

    ask_every = 0.1
    settle = 10.0

    def __init__(self, rules: Rules, request: Mapping[str, str]):
        self.rules = rules
        gpus = int(request.get("gpu", rules.defaults.get("gpu", "0")))
        self._free = _places(rules, gpus)
        if not self._free:
            raise ValueError(
                f"{rules.path} has no host with {gpus} GPU for a job (--gpu); a line is"
                " 'option host=NAME 0 1', with the numbers of its GPUs"
            )
        most = int(request.get("max_jobs_run", len(self._free)))
        self._free = self._free[:most]
        self._waiting: list[int] = []
        self._running: dict[int, tuple[subprocess.Popen, tuple[str, str]]] = {}
        self._folder: JobFolder | None = None
        self.ids: list[str] = []
        self.shown = f"jobs on {', '.join(sorted({host for host, _ in self._free}))}"

    def start(self, folder: JobFolder, numbers: Sequence[int]) -> None:
        """Start as many jobs as there are places; ``lives`` starts the others.

        Args:
            folder: Folder of the array.
            numbers: Numbers of the jobs.
        """
        self._folder = folder
        self._waiting = list(numbers)
        self.lives()

    def lives(self) -> bool:
        """Start waiting jobs where there is a place; return whether any are left."""
        for number, (process, place) in list(self._running.items()):
            if process.poll() is not None:
                self._free.append(place)
                del self._running[number]
        while self._waiting and self._free:
            place, number = self._free.pop(0), self._waiting.pop(0)
            self._running[number] = self._connect(place, number), place
        return bool(self._running)

    def _connect(self, place: tuple[str, str], number: int) -> subprocess.Popen:
        host, gpus = place
        options = f"{_WAIT} --gpus {gpus}" if gpus else _WAIT
        script = self._folder.script(number, options)
        with (self._folder.place / f"out.{number}").open("wb") as output:
            return subprocess.Popen(
                [*self.rules.command, host, "sh", shlex.quote(str(script))],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def cancel(self) -> None:
        """End the input of all jobs, which ends them, and wait for them."""
        self._waiting = []
        for process, _ in self._running.values():
            process.stdin.close()
        for process, _ in self._running.values():
            try:
                process.wait(_SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _places(rules: Rules, gpus: int) -> list[tuple[str, str]]:
    places = []
    for (name, host), words in rules.options.items():
        if name != "host":
            continue
        host = host.partition("/")[0]
        if host.startswith("-") or not host:
            raise ValueError(f"{rules.path}: '{host}' is no name of a host")
        if gpus == 0:
            places.append((host, ""))
            continue
        for end in range(gpus, len(words) + 1, gpus):
            places.append((host, ",".join(words[end - gpus : end])))
    return places
