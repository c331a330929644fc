"""Make reference results by the public commands: what must not change.

    python test/regression/store.py RESULT

Losses and weights of five optimiser steps of every task, dumped features, and sounds
of every task of generation, from small stored systems (``systems.py``) and from models
that were trained just now. Only public commands are called, and one class by the name
that the toolkit's registry has for it, so that this folder runs on an earlier commit as
it is: copy it there. ``compare.py`` compares the results of two commits,
``test_regression.py`` those in the repository with the code as it is.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import kaldiio
import numpy as np
from commands import Commands
from generations import REQUESTS, Generations, systems_of
from results import Results, summary_of
from systems import STORED, pack, unpack
from tiny_corpus import CAPTIONS
from trainings import TRAININGS, dump, losses_of, prepare, train, weights_of

STREAMS = ("loa/loa", "latent/latent", "condition/sentence", "condition/tokens")
COMPARED = ("clip2", "clip4")  # whose true LOA the predicted one is compared with


def made(run: Commands, work: Path, systems: Path = STORED) -> Results:
    """Make all results.

    Args:
        run: Runs the commands.
        work: Empty folder for data, experiments and sounds.
        systems: Archive of the stored systems.

    Returns:
        The results.
    """
    # no archive that was unpacked before
    with patch.dict(os.environ, XDG_CACHE_HOME=str(work / "cache")):
        return _made(run, work, unpack(work / "stored", systems))


def _made(run: Commands, work: Path, stored: Path) -> Results:
    data, trained, old = work / "data", work / "exp", stored / "experiments"
    prepare(run, data)
    dump(run, data, old / "audiomae", old / "vae", stored / "encoders")
    for name in TRAININGS:
        # fresh HiFi-GANs differ from one release of transformers to another
        start = f"--init_from {old}/vocoder/valid.mel_l1.best.pth"
        train(run, data, trained, name, options=start if name == "vocoder" else "")
    results = Results()
    for stream in STREAMS:
        for key, values in kaldiio.load_scp(str(data / f"{stream}.scp")).items():
            results.arrays[f"{stream}/{key}"] = values
    for name in TRAININGS:
        _add_training(results, name, trained / name)
    options = systems_of(stored, trained, data)
    generations = Generations(run, work / "generated", stored, options)
    for name, request in REQUESTS.items():
        generations.request(name, request)
    generations.sources(data, {key: CAPTIONS[key] for key in COMPARED})
    generations.whole("archive", stored / "archive.zip")
    generations.whole("converted", stored / "converted", "--low_memory")
    official = ["--behaviour", "official", "--candidates", "1"]
    generations.whole("official", stored / "converted", *official)
    pack(run, stored, work / "anew.zip")
    generations.whole("packed_anew", work / "anew.zip")
    generations.by_the_class(stored / "converted")
    results.sounds |= generations.sounds
    results.arrays |= generations.arrays
    return results


def _add_training(results: Results, name: str, experiment: Path) -> None:
    weights = {key: w.numpy() for key, w in weights_of(experiment).items()}
    results.summaries[name] = summary_of(weights)
    results.weights |= {f"{name}/{key}": w for key, w in weights.items()}
    for key, values in losses_of(experiment).items():
        results.losses[f"{name}/{key}"] = np.array(values)


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this script."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("output", type=Path, help="folder to make; its work/ keeps all experiments")
    add("--num_threads", type=int, default=1, help="CPU threads; default 1")
    add(
        "--processes",
        action="store_true",
        help="start a process for each command, as a user does; slower, same results",
    )
    add(
        "--small",
        action="store_true",
        help="leave the weights out, as for the reference in the repository",
    )
    add("--systems", type=Path, default=STORED, help="archive of the stored systems")
    return parser


def main(cmd: Sequence[str] | None = None) -> None:
    """Make and store the results.

    Args:
        cmd: Arguments; default: those of the command line.
    """
    args = get_parser().parse_args(cmd)
    work = args.output / "work"
    if work.exists():
        shutil.rmtree(work)
    work.mkdir(parents=True)
    run = Commands(args.output / "store.log", args.num_threads, args.processes)
    results = made(run, work, args.systems)
    if args.small:
        results.weights = {}
    results.save(args.output)
    for title, seconds in run.seconds.items():
        print(f"{seconds:6.1f} s  {title}")
    print(f"{sum(run.seconds.values()):6.1f} s  in all; {args.output}", file=sys.stderr)


if __name__ == "__main__":
    main()
