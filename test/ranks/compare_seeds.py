#!/usr/bin/env python3
"""Do trainings by one and by two processes agree in distribution? Ten seeds of each.

    python test/ranks/compare_seeds.py --work DIR [--seeds 10] [--parts ldm vae ...]

For each part and seed the same tiny training (``test/regression``) is done twice: by
one process with batches of four clips and by two processes (gloo) with two clips each.
All draw steps, noise, masks, crops and drops of their own. Weights at the start are
equal.

The table has the mean and the standard deviation of the seeds, the mean difference of
pairs of one seed (two processes less one) with its t interval, and p of the two-sample
Kolmogorov-Smirnov test. Intervals are simultaneous: at 95 % for all rows together. The
exit status is 1 if one of them is without zero.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "regression")]

from commands import Commands  # noqa: E402
from rank_jobs import Jobs  # noqa: E402
from systems import unpack  # noqa: E402
from trainings import TRAININGS, dump, losses_of, prepare  # noqa: E402

STARTS = ("loa_lm", "ldm", "speech_loa_lm", "speech_ldm")
BOTH = {"one": False, "two": True}  # name: whether both processes do it


def seeds_of(number):
    """Return seeds that are far apart: ESPnet draws an epoch with seed plus epoch."""
    return range(0, 1000 * number, 1000)


def trained(folder, parts, seeds):
    """Train all parts with all seeds by one and by two processes."""
    stored = unpack(folder / "stored")
    commands, data = Commands(folder / "log"), folder / "data"
    prepare(commands, data)
    old = stored / "experiments"
    dump(commands, data, old / "audiomae", old / "vae", stored / "encoders")
    jobs = Jobs(folder)
    for part in [name for name in STARTS if set(parts) & {"joint", "speech_joint"}]:
        jobs.add(f"drawn/{part}", part, "own")  # what joint trainings start from
    for part in parts:
        for seed in seeds_of(seeds):
            for place, both in BOTH.items():
                options = f"--batch_size 4 --seed {seed}"
                jobs.add(f"{place}/{part}/{seed}", part, "own", options, both=both)
    failures = jobs.run(timeout=None)
    if any(failures):
        raise SystemExit(f"compare_seeds: error: {failures}")


def quantities_of(experiment):
    """Return the mean training loss and the last validation loss."""
    losses = losses_of(experiment)
    key = "generator_loss" if "train/generator_loss" in losses else "loss"
    return {
        "training": float(np.mean(losses[f"train/{key}"])),
        "validation": losses[f"valid/{key}"][-1],
    }


def rows_of(folder, parts, seeds):
    """Return part, quantity, and a number of each seed by one and by two processes."""
    rows = []
    for part in parts:
        found = {
            place: [
                quantities_of(folder / place / part / str(seed))
                for seed in seeds_of(seeds)
            ]
            for place in BOTH
        }
        for name in found["one"][0]:
            values = [[each[name] for each in found[place]] for place in BOTH]
            rows.append((part, name, *map(np.array, values)))
    return rows


def shown(part, name, one, two, level):
    """Return a line of the table, and whether its interval has zero in it."""
    from scipy import stats

    difference = two - one
    half = stats.t.ppf(0.5 + level / 2, len(one) - 1) * stats.sem(difference)
    low, high = difference.mean() - half, difference.mean() + half
    p = stats.ks_2samp(one, two).pvalue
    return (
        f"| {part} | {name} | {one.mean():.4f} ({one.std(ddof=1):.4f}) |"
        f" {two.mean():.4f} ({two.std(ddof=1):.4f}) | {difference.mean():+.4f}"
        f" [{low:+.4f}, {high:+.4f}] | {p:.2f} |"
    ), low <= 0.0 <= high


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="new folder")
    parser.add_argument("--seeds", type=int, default=10, help="trainings of each")
    parser.add_argument("--parts", nargs="+", choices=TRAININGS, default=[*TRAININGS])
    args = parser.parse_args()
    args.work.mkdir(parents=True)
    trained(args.work, args.parts, args.seeds)
    rows = rows_of(args.work, args.parts, args.seeds)
    level = 1 - 0.05 / len(rows)
    lines = [shown(*row, level) for row in rows]
    print("| part | loss | one process | two processes | difference | KS p |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    print(*(line for line, _ in lines), sep="\n")
    if not all(agrees for _, agrees in lines):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
