"""Jobs on hosts that can be reached by ssh without a password.

ssh joins its words to a line for a shell, so it gets the name of a generated script
only. A job ends when its standard input does: when the connection breaks, too.

A host on which a job cannot start, because ssh does not reach it or because it does not
see the folder of the recipe, gets no more jobs.
"""

import logging
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from espnet2.gen_audio.files.regular_file import regular
from espnet2.gen_audio.kaldi.cluster.job_folder import STARTED, JobFolder
from espnet2.gen_audio.kaldi.cluster.rules import Rules

PROGRAM = "ssh"
ASIDE = "HOSTS_ASIDE"  # variable with the name of the file ``aside`` of a whole run
_WAIT = "--while_input_is_open"  # option of run_job_file
_SECONDS_TO_END = 20
_SSH_FAILED = 255
_Place = tuple[str, str]  # host, its GPUs


class Hosts:
    """Runs the jobs of one folder, as many at once as there are places for them.

    The rules have lines ``option host=NAME``. Each is a place for one job that needs no
    GPU; a host that is to run several such jobs has several lines with names such as
    ``NAME/2``. The numbers of GPUs may follow: the line is then a place for each job
    for which they suffice.

    Args:
        rules: The hosts, and the options of ssh.
        request: Options of each job by name; only ``gpu`` and ``max_jobs_run`` have an
            effect.
        aside: File with the hosts on which a job could not start, a host and the reason
            a line; hosts are read from it and added to it. None: they are known to this
            object only.

    Attributes:
        ask_every: Seconds between two looks at the jobs.
        settle: Seconds in which the result of a job becomes visible to all machines.

    Raises:
        ValueError: If no host has as many GPUs as a job needs, or no host is left.
    """

    ask_every = 0.1
    settle = 10.0

    def __init__(
        self, rules: Rules, request: Mapping[str, str], aside: Path | None = None
    ):
        self.rules = rules
        gpus = int(request.get("gpu", rules.defaults.get("gpu", "0")))
        self._free = _places(rules, gpus)
        if not self._free:
            raise ValueError(
                f"{rules.path} has no host with {gpus} GPU for a job (--gpu); a line is"
                " 'option host=NAME 0 1', with the numbers of its GPUs"
            )
        self._aside = aside
        self._dead = _read_aside(aside)  # why no job starts there, by host
        self._free = [place for place in self._free if place[0] not in self._dead]
        if not self._free:
            raise self._without_hosts()
        most = int(request.get("max_jobs_run", len(self._free)))
        self._free = self._free[:most]
        self._waiting: list[int] = []
        self._running: list[tuple[subprocess.Popen, _Place, int | None]] = []
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
            ValueError: If jobs wait and no host can start one.
        """
        running, self._running = self._running, []
        for process, place, number in running:
            if process.poll() is None:
                self._running.append((process, place, number))
                continue
            if number is not None and not self._has_started(number):
                self._put_aside(place[0], process.returncode, number)
                self._waiting.insert(0, number)
            self._free.append(place)
        self._free = [place for place in self._free if place[0] not in self._dead]
        while self._waiting and self._free:
            place, number = self._free.pop(0), self._waiting.pop(0)
            self._running.append((self._connect(place, number), place, number))
        if self._waiting and not self._running:
            raise self._without_hosts()
        return bool(self._running)

    def _has_started(self, number: int) -> bool:
        return STARTED in self._folder.said(f"out.{number}").splitlines()

    def _put_aside(self, host: str, status: int, number: int) -> None:
        """Give a host no more jobs, and say why, once."""
        if host in self._dead:
            return
        lines = self._folder.said(f"out.{number}").splitlines()
        said = lines[-1] if lines else f"status {status}"
        if status == _SSH_FAILED:
            why = f"ssh failed: {said}"
        else:
            why = (
                f"no job starts there, although all hosts must see {Path.cwd()} and the"
                f" environment under the same path: {said}"
            )
        self._dead[host] = why
        logging.warning("host %s gets no more jobs; %s", host, why)
        if self._aside is not None:
            with self._aside.open("a", encoding="utf-8") as file:
                file.write(f"{host} {why}\n")

    def _without_hosts(self) -> ValueError:
        said = "; ".join(f"{host}: {line}" for host, line in self._dead.items())
        return ValueError(f"{self.rules.path} has no host left ({said})")

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


def _read_aside(path: Path | None) -> dict[str, str]:
    if path is None or not path.is_file():
        return {}
    lines = regular(path, 1_000_000).read_text(encoding="utf-8").splitlines()
    return {host: why for host, _, why in (line.partition(" ") for line in lines)}


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
