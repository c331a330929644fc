"""Jobs on hosts that can be reached by ssh without a password.

ssh joins its words to a line for a shell, so it gets the name of a generated script
only. A job ends when its standard input does: when the connection breaks, too.
"""

import logging
import shlex
import subprocess
from collections.abc import Mapping, Sequence

from espnet2.gen_audio.kaldi.cluster.job_folder import STARTED, JobFolder
from espnet2.gen_audio.kaldi.cluster.rules import Rules

PROGRAM = "ssh"
_WAIT = "--while_input_is_open"  # option of run_job_file
_SECONDS_TO_END = 20
_SSH_FAILED = 255  # or the job ended with it, or a signal ended the job
_Place = tuple[str, str]  # host, its GPUs


class Hosts:
    """Runs the jobs of one folder, as many at once as there are places for them.

    The rules have lines ``option host=NAME``. Each is a place for one job that needs no
    GPU; a host that is to run several such jobs has several lines with names such as
    ``NAME/2``. The numbers of GPUs may follow: the line is then a place for each job
    for which they suffice. A host on which ssh itself fails gets no more jobs.

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
        self._running: list[tuple[subprocess.Popen, _Place, int | None]] = []
        self._dead: dict[str, str] = {}  # what ssh said, by host
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
        # those of a former round have told their results and close their connections
        self._running = [(process, place, None) for process, place, _ in self._running]
        self.lives()

    def lives(self) -> bool:
        """Start waiting jobs where there is a place.

        Returns:
            Whether any job may still run.

        Raises:
            ValueError: If jobs wait and ssh failed on every host.
        """
        running, self._running = self._running, []
        for process, place, number in running:
            if process.poll() is None:
                self._running.append((process, place, number))
                continue
            if process.returncode == _SSH_FAILED and number is not None:
                self._judge(place[0], number)
            self._free.append(place)
        self._free = [place for place in self._free if place[0] not in self._dead]
        while self._waiting and self._free:
            place, number = self._free.pop(0), self._waiting.pop(0)
            self._running.append((self._connect(place, number), place, number))
        if self._waiting and not self._running:
            said = "; ".join(f"{host}: {line}" for host, line in self._dead.items())
            raise ValueError(f"{self.rules.path} has no host left; ssh failed ({said})")
        return bool(self._running)

    def _judge(self, host: str, number: int) -> None:
        """Give a host no more jobs if its job did not start; another gets the job."""
        lines = self._folder.said(f"out.{number}").splitlines()
        if STARTED in lines:
            return
        said = lines[-1] if lines else f"status {_SSH_FAILED}"
        if host not in self._dead:
            self._dead[host] = said
            logging.warning("host %s gets no more jobs; ssh failed: %s", host, said)
        self._waiting.insert(0, number)

    def _connect(self, place: _Place, number: int) -> subprocess.Popen:
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
        for process, _, _ in self._running:
            process.stdin.close()
        for process, _, _ in self._running:
            try:
                process.wait(_SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running = []  # an ssh that failed now is no reason to start its job again


def _places(rules: Rules, gpus: int) -> list[_Place]:
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
