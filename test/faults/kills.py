"""Kill the 20-file recipe at random moments, start it again, and compare what it made.

    nice python test/faults/kills.py --work DIR --kills 50 --seed 0

The recipe (``test/recipe/twenty_files.py``, stages 1 to 17) runs once undisturbed; how
long a stage takes is noted. Then it runs again in rounds, each in an empty folder of
the same name: several times in every stage the whole process group is killed with
SIGKILL at a random moment of that stage, and the same command is started again; after
the last kill it runs to its end. Data, dumps, sounds, scores and the packed archive of
every round must be those of the undisturbed run, byte for byte (promise R1).

A restart that ends with an error, a file that differs, one that is missing and one that
is left over are faults, and the command ends with status 1. Killed itself and started
again, it goes on behind the last kill: ``DIR/kills.jsonl`` has a line for each,
``DIR/rounds.json`` the faults of each round that has ended. At the end it prints a
table of all kills: stage, step that was running, time of the kill, and what the restart
said.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "recipe")]

from kills_run import Run  # noqa: E402
from twenty_files import RECIPE, command, write_corpus  # noqa: E402

STAGES = range(1, 18)  # 18 needs an account at a model hub
COMPARED = (
    "data/**/*",
    "dump/**/*",
    "exp/*/*/test/**/*",
    "exp/*/*/score_test/*.json*",
    "exp/results/*.json",
    "exp/packed/*",
)
NOT_COMPARED = {"shards", "log", "logs"}  # parts of array jobs, and texts with times


@dataclass(frozen=True)
class Kill:
    """One kill and what followed.

    Attributes:
        round: Number of the round.
        stage: Number and name of the stage that was running.
        step: Last step that had said something.
        after: Seconds from the beginning of the stage that was meant to the kill.
        restart: What the next start said about that stage.
    """

    round: int
    stage: str
    step: str
    after: float
    restart: str = ""

    def row(self) -> str:
        """Return a row of the table."""
        cells = (f"{self.round}", self.stage, self.step, f"{self.after:.2f} s")
        return f"| {' | '.join([*cells, self.restart])} |"


def digests_of(work: Path) -> dict[str, str]:
    """Return the SHA-256 digest of every file that is compared.

    Args:
        work: Folder with data, dump and exp.

    Returns:
        Digests by path below the folder, without hidden files and ``NOT_COMPARED``; of
        an archive that of its members.
    """
    digests = {}
    for path in {path for pattern in COMPARED for path in work.glob(pattern)}:
        parts = path.relative_to(work).parts
        hidden = any(part.startswith(".") for part in parts)
        if path.is_file() and not hidden and not NOT_COMPARED.intersection(parts):
            content = members_of(path) if path.suffix == ".zip" else path.read_bytes()
            digests["/".join(parts)] = hashlib.sha256(content).hexdigest()
    return digests


def members_of(path: Path) -> bytes:
    """Return names and contents of an archive of ESPnet's form.

    Args:
        path: The archive.

    Returns:
        All in one, without times: ESPnet writes one into ``meta.yaml``, and a zip has
        one for each member.
    """
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name != "meta.yaml"]
        return b"".join(name.encode() + archive.read(name) for name in names)


def differences(wanted: dict[str, str], found: dict[str, str]) -> list[str]:
    """Return what differs between two runs.

    Args:
        wanted: Digests of the undisturbed run.
        found: Digests of the other.

    Returns:
        One text a file.
    """
    texts = [f"{name} is missing" for name in wanted.keys() - found.keys()]
    texts += [f"{name} is left over" for name in found.keys() - wanted.keys()]
    common = wanted.keys() & found.keys()
    texts += [f"{name} differs" for name in common if wanted[name] != found[name]]
    return sorted(texts)


class Kills:
    """Kills of one recipe, kept in a folder so that they can be continued.

    Args:
        work: The folder.
        words: Returns the command, given the folder that it is to work in.
        folder: Working directory of the command.
        stages: Numbers of the stages in which it is killed, ascending.
        each: Kills in each of them.
        show: Gets a line for each kill and each round.
    """

    def __init__(
        self,
        work: Path,
        words: Callable[[Path], Sequence[str]],
        folder: Path,
        stages: Sequence[int] = STAGES,
        each: int = 3,
        show: Callable[[str], None] = print,
    ):
        self.work, self.words, self.folder = work, words, folder
        self.plan = [stage for stage in stages for _ in range(each)]
        self.show = show
        self._table, self._rounds = work / "kills.jsonl", work / "rounds.json"
        (work / "logs").mkdir(parents=True, exist_ok=True)

    @property
    def done(self) -> list[Kill]:
        """All kills so far."""
        if not self._table.exists():
            return []
        lines = self._table.read_text(encoding="utf-8").splitlines()
        return [Kill(**json.loads(line)) for line in lines]

    @property
    def faults(self) -> dict[str, list[str]]:
        """What went wrong in each round that has ended, by its number."""
        if not self._rounds.exists():
            return {}
        return json.loads(self._rounds.read_text(encoding="utf-8"))

    def go_on(self, kills: int, seed: int) -> None:
        """Do whole rounds until there are enough kills.

        Args:
            kills: How many in all.
            seed: Seed of the moments.
        """
        wanted = self.undisturbed()
        while len(self.done) < kills or f"{self.done[-1].round}" not in self.faults:
            number = len(self.faults) + 1
            found = self._round(number, wanted, np.random.default_rng([seed, number]))
            _write(self._rounds, json.dumps(self.faults | {f"{number}": found}))
            self.show(f"round {number}: {len(found)} faults: {'; '.join(found)}")

    def undisturbed(self) -> dict:
        """Run the recipe without kills, unless that has been done.

        Returns:
            ``digests`` of files by name, ``seconds`` of stages by number.

        Raises:
            RuntimeError: If it fails.
        """
        path = self.work / "undisturbed.json"
        if not path.exists():
            run = self._start("undisturbed", anew=True)
            if run.wait():
                raise RuntimeError(
                    "\n".join(["it fails undisturbed:", *run.lines[-9:]])
                )
            digests = digests_of(self.work / "run")
            content = {"digests": digests, "seconds": run.durations}
            _write(path, json.dumps(content, indent=1))
        return json.loads(path.read_text(encoding="utf-8"))

    def _round(self, number: int, wanted: dict, rng: np.random.Generator) -> list[str]:
        """Kill the recipe in each stage, let it end, and return what is wrong."""
        moments = rng.random(len(self.plan))
        begun = sum(kill.round == number for kill in self.done)
        run = self._start(f"{number}.{begun}", anew=not begun)
        for place in range(begun, len(self.plan)):
            stage = self.plan[place]
            after = float(moments[place] * wanted["seconds"][str(stage)])
            # a run that has ended by itself is told of below
            if run.wait_for_stage(stage) and run.kill_after(after):
                self._keep(Kill(number, *run.place(), after), run)
                run = self._start(f"{number}.{place + 1}")
        status = run.wait()
        self._keep(None, run)
        if status:
            return [f"ended with status {status}: {(run.lines or ['nothing'])[-1]}"]
        return differences(wanted["digests"], digests_of(self.work / "run"))

    def _keep(self, kill: Kill | None, run: Run) -> None:
        """Note a kill, and what the run that ends now said about the one before."""
        kills = self.done
        if kills and not kills[-1].restart:
            kills[-1] = replace(kills[-1], restart=run.words_on(kills[-1].stage))
            self.show(kills[-1].row())
        kills += [kill] if kill else []
        lines = (json.dumps(asdict(each)) for each in kills)
        _write(self._table, "".join(f"{line}\n" for line in lines))

    def _start(self, name: str, anew: bool = False) -> Run:
        work = self.work / "run"
        wait_until_free(work / "exp" / ".lock")
        if anew:
            shutil.rmtree(work, ignore_errors=True)
        return Run(self.words(work), self.folder, self.work / "logs" / f"{name}.log")


def wait_until_free(lock: Path) -> None:
    """Wait until no process of an earlier run is left.

    Args:
        lock: File that all of them hold locked; it may be absent.
    """
    if lock.exists():
        with lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)


def _write(path: Path, text: str) -> None:
    new = path.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, path)


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="folder for all of it")
    parser.add_argument("--kills", type=int, default=50, help="in whole rounds")
    parser.add_argument("--each", type=int, default=3, help="in a stage of a round")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    return parser


def main(cmd: Sequence[str] | None = None) -> int:
    """Kill the recipe.

    Args:
        cmd: Arguments; default: those of the command line.

    Returns:
        1 if there is a fault.
    """
    args = get_parser().parse_args(cmd)
    work = args.work.resolve()
    corpus = work / "corpus"
    if not (corpus / "test.tsv").exists():  # written last
        shutil.rmtree(corpus, ignore_errors=True)
        corpus.mkdir(parents=True)
        write_corpus(corpus)
    kills = Kills(
        work,
        lambda run: command(corpus, run, stop_stage=str(STAGES[-1])),
        RECIPE,
        each=args.each,
        show=lambda line: print(line, flush=True),
    )
    kills.go_on(args.kills, args.seed)
    print("| round | stage | step | killed after | the restart said |")
    print("|---|---|---|---|---|")
    for kill in kills.done:
        print(kill.row())
    faults = [fault for found in kills.faults.values() for fault in found]
    print(f"{len(kills.done)} kills, {len(faults)} faults")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
