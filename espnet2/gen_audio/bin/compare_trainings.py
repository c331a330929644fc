"""Compare variants of a system that were trained with several seeds, paired by seed.

Reads scores.json of every training. For each metric it prints the value of each seed
and the mean difference to the base, seed by seed, with Student's 95 % interval. The
interval covers the luck of a training; that of the test clips is in scores.json.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from espnet2.gen_audio.cli.command import one_line_errors
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.metrics.report.row_names import row_title
from espnet2.gen_audio.metrics.report.score_table import DASH
from espnet2.gen_audio.metrics.report.scores_file import read_scores

# variant -> seed -> content of scores.json
Trainings = Mapping[str, Mapping[str, Mapping[str, Any]]]


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add(
        "--scores",
        nargs="+",
        required=True,
        help="scores of each training, as VARIANT@SEED=FILE",
    )
    add("--base", help="variant that others are compared with; default: the first")
    add("--rows", nargs="+", default=["predicted"], help="rows of scores.json")
    add("--output", type=Path, help="also write the table to this Markdown file")
    return parser


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the command.

    Args:
        cmd: Arguments; those of the command line if None.

    Raises:
        ValueError: If the base is not among the variants.
    """
    args = get_parser().parse_args(cmd)
    trainings = read_trainings(args.scores)
    base = args.base or next(iter(trainings))
    if base not in trainings:
        raise ValueError(
            f"--base {base} is not among {', '.join(trainings)}; name one of them"
        )
    tables = [comparison_table(trainings, base, row) for row in args.rows]
    tables.append(validation_table(trainings, base))
    text = "\n\n".join(table for table in tables if table)
    if args.output is not None:
        write_text(args.output, f"{text}\n")
    print(text)


def read_trainings(items: Sequence[str]) -> Trainings:
    """Read the scores of trainings.

    Args:
        items: VARIANT@SEED=FILE each.

    Returns:
        Content of the files, by variant and seed.

    Raises:
        ValueError: If an item has another form, or a training is named twice.
    """
    trainings: dict[str, dict[str, Mapping[str, Any]]] = {}
    for item in items:
        training, _, path = item.partition("=")
        variant, _, seed = training.partition("@")
        if not (variant and seed and path):
            raise ValueError(f"--scores: {item!r} must be VARIANT@SEED=scores.json")
        seeds = trainings.setdefault(variant, {})
        if seed in seeds:
            raise ValueError(
                f"--scores: seed {seed} of {variant} is given twice; give it once"
            )
        seeds[seed] = read_scores(Path(path))
    return trainings


def comparison_table(trainings: Trainings, base: str, row: str) -> str:
    """Return one row of scores.json, of all trainings, as a Markdown table.

    Args:
        trainings: Scores by variant and seed.
        base: Variant that the others are compared with.
        row: Name of a row of scores.json.

    Returns:
        The table: a line per variant, a column per metric.

    Raises:
        ValueError: If no training of the base has the row.
    """
    values: dict[str, dict[str, dict[str, float]]] = {}
    for variant, seed, scores in _each(trainings):
        entries = next((r for r in scores["rows"] if r["name"] == row), {})
        for key, entry in entries.items():
            if isinstance(entry, dict) and entry.get("value") is not None:
                seeds = values.setdefault(variant, {}).setdefault(key, {})
                seeds[seed] = entry["value"]
    if base not in values:
        raise ValueError(f"--rows: {base} has no row {row!r}; see its scores.json")
    described = next(iter(trainings[base].values()))["metrics"]
    columns = {m["key"]: m for m in described if m["key"] in values[base]}
    titles = {key: metric["title"] for key, metric in columns.items()}
    digits = {key: f".{metric['digits']}f" for key, metric in columns.items()}
    return _table(row_title(row), titles, digits, values, base)


def validation_table(trainings: Trainings, base: str) -> str:
    """Return the best validation value of every trained part as a Markdown table.

    Args:
        trainings: Scores by variant and seed.
        base: Variant that the others are compared with.

    Returns:
        The table: a line per variant, a column per part; empty without trained parts.
    """
    values: dict[str, dict[str, dict[str, float]]] = {}
    titles = {}
    for variant, seed, scores in _each(trainings):
        for part, curve in (scores.get("curves") or {}).items():
            if curve["best"] is None:
                continue
            titles[part] = f"{part}: {curve['key']}"
            seeds = values.setdefault(variant, {}).setdefault(part, {})
            seeds[seed] = curve["best"]
    if not titles:
        return ""
    digits = dict.fromkeys(titles, ".4f")
    return _table("best in validation", titles, digits, values, base)


def _each(trainings: Trainings) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for variant, seeds in trainings.items():
        for seed, scores in seeds.items():
            yield variant, seed, scores


def _table(
    corner: str,
    titles: Mapping[str, str],
    digits: Mapping[str, str],
    values: Mapping[str, Mapping[str, Mapping[str, float]]],
    base: str,
) -> str:
    """Return values by variant, column and seed as a Markdown table."""
    lines = [[corner, *titles.values()], ["---"] * (len(titles) + 1)]
    for variant, columns in values.items():
        cells = [variant]
        for key in titles:
            compared = values.get(base, {}).get(key, {}) if variant != base else {}
            cells.append(_cell(columns.get(key, {}), compared, digits[key]))
        lines.append(cells)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def paired_difference(
    values: Mapping[str, float], base: Mapping[str, float]
) -> tuple[float, float | None]:
    """Return the mean difference of trainings with equal seeds.

    Args:
        values: Value by seed.
        base: Value of the base by seed.

    Returns:
        Mean over the common seeds, and half the width of Student's 95 % interval, None
        for a single seed.

    Raises:
        ValueError: If there is no common seed.
    """
    from scipy.stats import t

    differences = [values[seed] - base[seed] for seed in values if seed in base]
    if not differences:
        raise ValueError(
            f"seeds {', '.join(values)} and {', '.join(base)} have none in common; "
            "train both with equal seeds"
        )
    n = len(differences)
    if n == 1:
        return differences[0], None
    half = float(t.ppf(0.975, n - 1)) * stdev(differences) / n**0.5
    return fmean(differences), half


def _cell(values: Mapping[str, float], base: Mapping[str, float], digits: str) -> str:
    """Return the values of a variant and their mean difference to the base."""
    text = ", ".join(format(value, digits) for value in values.values())
    if not values.keys() & base.keys():
        return text or DASH
    mean, half = paired_difference(values, base)
    interval = ""
    if half is not None:
        interval = f" [{mean - half:+{digits}}, {mean + half:+{digits}}]"
    return f"{text} ({mean:+{digits}}{interval})"


if __name__ == "__main__":
    main()
