"""Kill the 20-file recipe at random moments, start it again, and compare what it made.

    nice python test/faults/kills.py --work DIR --kills 50 --seed 0

The recipe (``test/recipe/twenty_files.py``, stages 1 to 17) runs once undisturbed; how
long a stage takes is noted. Then it runs again in rounds, each in an empty folder of
the same name: in every stage the whole process group is killed with SIGKILL at a random
moment of that stage, and the same command is started again; after the last stage it
runs to its end. Data, dumps, sounds, scores and the packed archive of every round must
be those of the undisturbed run, byte for byte (promise R1).

A restart that ends with an error, a file that differs, one that is missing and one that
is left over are faults, and the command ends with status 1. ``DIR/kills.jsonl`` gets
the kills of a round when it has ended: killed itself and started again, this command
repeats the round that was broken off. At the end it prints a table of all kills: stage,
time of the kill, step that was running, what the restart said.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
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
        after: Seconds from the beginning of the stage that was meant to the kill.
        step: Last step that had said something.
        restart: What the next start said about that stage.
        fault: What went wrong; empty if nothing did.
    """

    round: int
    stage: str
    after: float
    step: str
    restart: str = ""
    fault: str = ""

    def row(self) -> str:
        """Return a row of the table."""
        cells = (f"{self.round}", self.stage, f"{self.after:.2f} s", self.step)
        text = " | ".join([*cells, self.restart])
        return f"| {text} |" + (f" FAULT {self.fault}" if self.fault else "")


def digests_of(work: Path) -> dict[str, str]:
    """Return the SHA-256 digest of every file that is compared.

    Args:
        work: Folder with data, dump and exp.

    Returns:
        Digests by path below the folder, without hidden files and ``NOT_COMPARED``.
    """
    digests = {}
    for path in {path for pattern in COMPARED for path in work.glob(pattern)}:
        parts = path.relative_to(work).parts
        hidden = any(part.startswith(".") for part in parts)
        if path.is_file() and not hidden and not NOT_COMPARED.intersection(parts):
            digests["/".join(parts)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return digests


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
        show: Gets a line for each kill and each round.
    """

    def __init__(
        self,
        work: Path,
        words: Callable[[Path], Sequence[str]],
        folder: Path,
        stages: Sequence[int] = STAGES,
        show: Callable[[str], None] = print,
    ):
        self.work, self.words, self.folder = work, words, folder
        self.stages, self.show = stages, show
        self._table = work / "kills.jsonl"
        (work / "logs").mkdir(parents=True, exist_ok=True)

    @property
    def done(self) -> list[Kill]:
        """Kills of all whole rounds."""
        if not self._table.exists():
            return []
        lines = self._table.read_text(encoding="utf-8").splitlines()
        return [Kill(**json.loads(line)) for line in lines]

    def go_on(self, kills: int, seed: int) -> list[Kill]:
        """Do whole rounds until there are enough kills.

        Args:
            kills: How many in all.
            seed: Seed of the moments.

        Returns:
            All kills.
        """
        wanted = self.undisturbed()
        while len(done := self.done) < kills:
            number = max([kill.round for kill in done], default=0) + 1
            new = self._round(number, wanted, np.random.default_rng([seed, number]))
            lines = [json.dumps(asdict(kill)) for kill in [*done, *new]]
            _write(self._table, "\n".join(lines) + "\n")
            faults = sum(bool(kill.fault) for kill in new)
            self.show(f"round {number}: {len(new)} kills, {faults} faults")
        return done

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
            content = {"digests": self._digests(), "seconds": run.durations}
            _write(path, json.dumps(content, indent=1))
        return json.loads(path.read_text(encoding="utf-8"))

    def _round(self, number: int, wanted: dict, rng: np.random.Generator) -> list[Kill]:
        """Kill the recipe once in each stage, let it end, and compare."""
        kills: list[Kill] = []
        runs = [self._start(f"{number}.0", anew=True)]
        for stage in self.stages:
            after = float(rng.random() * wanted["seconds"][str(stage)])
            # a run that ended before is told of below
            if runs[-1].wait_for_stage(stage) and runs[-1].kill_after(after):
                stage_name, step = runs[-1].place()
                kills.append(Kill(number, stage_name, after, step))
                self.show(kills[-1].row())
                runs.append(self._start(f"{number}.{len(kills)}"))
        status = runs[-1].wait()
        if status:
            end = (runs[-1].lines or ["nothing"])[-1]
            fault = f"ended with status {status}: {end}"
        else:
            fault = "; ".join(differences(wanted["digests"], self._digests()))
        kills = [
            replace(kill, restart=run.words_on(kill.stage))
            for kill, run in zip(kills, runs[1:], strict=True)
        ]
        if not kills:  # it was quicker than any kill, or failed before the first
            stage_name, step = runs[-1].place()
            return [Kill(number, stage_name, 0.0, step, fault=fault)]
        return [*kills[:-1], replace(kills[-1], fault=fault)]

    def _start(self, name: str, anew: bool = False) -> Run:
        work = self.work / "run"
        if anew:
            shutil.rmtree(work, ignore_errors=True)
        return Run(self.words(work), self.folder, self.work / "logs" / f"{name}.log")

    def _digests(self) -> dict[str, str]:
        return digests_of(self.work / "run")


def _write(path: Path, text: str) -> None:
    new = path.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, path)


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="folder for all of it")
    parser.add_argument("--kills", type=int, default=50, help="in whole rounds")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    return parser


def main(cmd: Sequence[str] | None = None) -> int:
    """Kill the recipe.

    Args:
        cmd: Arguments; those of the command line when absent.

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
        show=lambda line: print(line, flush=True),
    ).go_on(args.kills, args.seed)
    print("| round | stage | killed after | step | the restart said |")
    print("|---|---|---|---|---|")
    for kill in kills:
        print(kill.row())
    faults = sum(bool(kill.fault) for kill in kills)
    print(f"{len(kills)} kills, {faults} faults")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
