"""Kill training after each change on disk and finish it; run as a program.

    python killed_runs.py FOLDER

Imports once and forks a child for each run, since importing ESPnet takes seconds.
Writes FOLDER/report.json: for each trainer the operations of the undisturbed run, what
its folder holds in the end, and the kills after which a finished folder holds anything
else. A child is killed (exit without clean-up) right after its k-th operation on a
``.pth`` file: a write torn in the middle, a whole write, rename, link, unlink. Run by
``test_kill_safety.py``.
"""

import argparse
import gc
import hashlib
import importlib
import json
import logging
import os
import shutil
import sys
import traceback
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))
from conftest import load_toy  # noqa: E402

KILLED = 9
EPOCHS = 3
TWO_NAMES = ("replace", "rename", "symlink", "link")


class Saboteur:
    """Counts the operations on ``.pth`` files and kills the process after one."""

    def __init__(self, kill_after: int | None, log: Path):
        self.kill_after = kill_after
        self.log = log
        self.count = 0

    def done(self, what: str, path: object) -> None:
        self.count += 1
        with self.log.open("a") as file:
            file.write(f"{what} {self.shown(path)}\n")
        if self.count == self.kill_after:
            os._exit(KILLED)

    @staticmethod
    def shown(path: object) -> str:
        path = Path(str(path))
        lead = "previous/" if path.parent.name == "previous" else ""
        return "temporary" if path.name.startswith(".tmp-") else lead + path.name

    def install(self) -> None:
        """Wrap what Python and torch change the disk with."""
        for name in (*TWO_NAMES, "unlink", "remove"):
            setattr(os, name, self.watched(name, getattr(os, name)))
        torch.save = self.watched_save(torch.save)

    def watched(self, name, function):
        def call(*args, **kwargs):
            result = function(*args, **kwargs)
            changed = args[1] if name in TWO_NAMES else args[0]
            if str(changed).endswith(".pth"):
                self.done(name, changed)
            return result

        return call

    def watched_save(self, save):
        def call(obj, f, *args, **kwargs):
            save(obj, f, *args, **kwargs)
            if self.count + 1 == self.kill_after:
                os.truncate(f, os.path.getsize(f) // 2)
            self.done("torn write", f)
            self.done("write", f)

        return call


def in_child(args: argparse.Namespace, task, kill_after: int | None, log: Path) -> int:
    """Train in a forked child; return its exit status."""
    log.write_text("")
    child = os.fork()
    if child == 0:
        try:
            sys.stderr = (log.parent / "stderr").open("w")
            Saboteur(kill_after, log).install()
            task.main(args=args)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def snapshot(folder: Path) -> dict[str, str]:
    """Return links by target and weight files by a hash of all their values."""
    found = {path.name: "left over" for path in folder.rglob(".*")}
    for path in folder.rglob("[!.]*.pth"):
        name = str(path.relative_to(folder))
        if not path.exists():
            found[name] = "points nowhere"
        elif path.is_symlink():
            found[name] = f"-> {os.readlink(path)}"
        else:
            found[name] = digest(torch.load(path, weights_only=True))
    return found


def digest(state: object) -> str:
    """Hash every tensor and number of a state, but not how long an epoch took."""
    sha = hashlib.sha256()

    def feed(value: object) -> None:
        if isinstance(value, dict):
            for key in sorted(value, key=str):
                if "time" not in str(key):
                    sha.update(str(key).encode())
                    feed(value[key])
        elif isinstance(value, (list, tuple)):
            for item in value:
                feed(item)
        elif isinstance(value, torch.Tensor):
            sha.update(value.contiguous().numpy().tobytes())
        else:
            sha.update(repr(value).encode())

    feed(state)
    return sha.hexdigest()[:16]


def trial(base: Path, task, arguments: list[str]) -> dict:
    """Run undisturbed, once for every kill, and once for every kill of a restart."""
    base.mkdir()
    args = task.get_parser().parse_args(arguments)  # slow, so once
    log = base / "operations"
    args.output_dir = str(base / "warm")
    task.main(args=argparse.Namespace(**vars(args)))  # what is imported late, once
    gc.collect()
    gc.freeze()  # so that children do not copy every page

    def run(name: str, kill_after: int | None = None) -> int:
        args.output_dir = str(base / name)
        status = in_child(args, task, kill_after, log)
        if status not in (0, KILLED):
            raise RuntimeError((base / "stderr").read_text())
        return status

    run("undisturbed")
    operations = log.read_text().splitlines()
    expected = snapshot(base / "undisturbed")
    report = {"operations": operations, "expected": expected, "differing": []}

    def finish(what: str) -> None:
        run("killed")
        found = snapshot(base / "killed")
        if found != expected:
            report["differing"].append([what, found])
        shutil.rmtree(base / "killed")

    for k, operation in enumerate(operations, 1):
        assert run("killed", k) == KILLED
        finish(f"{k}: {operation}")
    # the checkpoint of epoch 2 is there, its epoch file and links are not
    saved = [k for k, o in enumerate(operations, 1) if o == "replace checkpoint.pth"]
    report["restarts"] = 0
    for kill in range(1, len(operations)):
        assert run("killed", saved[1]) == KILLED
        run("killed", kill)
        mending = log.read_text().count("write temporary") <= 2  # torn and whole
        finish(f"{saved[1]}, then the restart at {kill}")
        if not mending:
            break
        report["restarts"] += 1
    return report


def main() -> None:
    """Try both trainers, and an optimiser of ours."""
    base = Path(sys.argv[1])
    torch.set_num_threads(1)
    logging.disable(logging.CRITICAL)
    toy = load_toy()
    importlib.import_module("espnet2.train.collate_fn")  # slow; once, not in each child
    data = toy.write_data(base)

    # a high rate, so that the best epoch is not always the last
    regressor = dict(max_epoch=EPOCHS, keep_nbest_models=2, optim_conf="lr=0.6")
    regressor = toy.command(data, base, **regressor)
    # Muon keeps its state in two parts
    muon = toy.command(data, base, max_epoch=EPOCHS, optim="muon")
    adversary = toy.gan_command(data, base, max_epoch=EPOCHS)
    trials = {
        "regressor": trial(base / "regressor", toy.ToyTask, regressor),
        "muon": trial(base / "muon", toy.ToyTask, muon),
        "adversary": trial(base / "adversary", toy.ToyGANTask, adversary),
    }
    (base / "report.json").write_text(json.dumps(trials))


if __name__ == "__main__":
    main()
