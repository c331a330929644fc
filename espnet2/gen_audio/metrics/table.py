"""The score table as Markdown: one row an answer, one column a metric.

Every number stands with its interval in brackets; what is not there is a dash.
"""

from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.metrics.judges import JUDGE_TITLES

DASH = "–"
JUDGE_HEADINGS = {
    "judge_train": "judge: training reconstructions",
    "judge_heldout": "judge: held-out reconstructions",
    "judge_raw": "judge: raw recordings",
}
ROW_TITLES = {
    "recordings": "recordings",
    "reconstructions": "recordings through VAE and vocoder",
    "predicted": "generated, predicted LOA",
    "shuffled": "the same, captions shuffled",
    "true": "generated, true LOA",
    "other": "generated, LOA of another caption",
    "zero": "generated, zero LOA",
    "mean": "generated, mean LOA",
    "loa_only": "generated, predicted LOA, no text",
    "untrained": "untrained model",
    "nearest_caption": "training recording with the nearest caption",
    "noise": "white noise",
}


def markdown_table(scores: Mapping[str, Any]) -> str:
    """Return the rows of scores.json as a Markdown table.

    Args:
        scores: Content of scores.json.

    Returns:
        The table, without a line break at its end.
    """
    rows = scores["rows"]
    columns = [
        (JUDGE_HEADINGS[key], _judge_cell, key)
        for key in JUDGE_TITLES
        if key in scores["judges"]
    ]
    columns += [
        ("kernel distance x 100", _interval_cell, "kernel_distance"),
        ("Frechet distance (n)", _frechet_cell, "frechet_distance"),
        ("log-mel L1, dB", _interval_cell, "mel_distance"),
        ("closer than strangers", _share_cell, "copying"),
    ]
    columns = [c for c in columns if any(c[2] in row for row in rows)]
    head = ["", "clips", *(heading for heading, _, _ in columns)]
    lines = [head, ["---"] + ["---:"] * (len(head) - 1)]
    for row in rows:
        cells = [cell(row[key]) if key in row else DASH for _, cell, key in columns]
        lines.append([row_title(row["name"]), str(row["clips"]), *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def curve_table(scores: Mapping[str, Any]) -> str:
    """Return first and best validation value of each part as a Markdown table.

    Args:
        scores: Content of scores.json.

    Returns:
        The table; empty when no experiment was given.
    """
    if not scores.get("curves"):
        return ""
    lines = [
        "| part | validation quantity | before | first epoch | best | best / first |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for part, curve in scores["curves"].items():
        ratio = DASH if curve["ratio"] is None else f"{curve['ratio']:.2f}"
        start = curve.get("before")
        before = DASH if start is None else f"{start:.4g}"
        lines.append(
            f"| {part} | {curve['key']} | {before} | {curve['first']:.4g} "
            f"| {curve['best']:.4g} "
            f"(epoch {curve['best_epoch']}) | {ratio} |"
        )
    return "\n".join(lines)


def loa_table(scores: Mapping[str, Any]) -> str:
    """Return the errors of predicted and other LOA as a Markdown table.

    Args:
        scores: Content of scores.json.

    Returns:
        The table; empty when generation wrote no errors.
    """
    errors = scores.get("loa_error") or {}
    numbers = {k: v for k, v in errors.items() if isinstance(v, (int, float))}
    if not numbers:
        return ""
    titles = {
        "predicted": "predicted by GPT-2",
        "mean": "mean LOA of the training set",
        "other": "LOA of another test clip",
        "zero": "zero",
    }
    lines = ["| LOA, against the true one of the test clip | L1 |", "| --- | ---: |"]
    lines += [f"| {titles.get(k, k)} | {v:.4g} |" for k, v in numbers.items()]
    return "\n".join(lines)


def row_title(name: str) -> str:
    """Return the words for a row; a system of unknown name keeps its name."""
    return ROW_TITLES.get(name, name)


def _interval(entry: Mapping[str, Any], digits: int) -> str:
    if entry.get("low") is None:
        return ""
    return f" [{entry['low']:.{digits}f}, {entry['high']:.{digits}f}]"


def _judge_cell(entry: Mapping[str, Any]) -> str:
    times = f" ({entry['times_chance']:.1f} x chance)"
    return f"{entry['value']:.2f}{_interval(entry, 2)}{times}"


def _interval_cell(entry: Mapping[str, Any]) -> str:
    return f"{entry['value']:.1f}{_interval(entry, 1)}"


def _frechet_cell(entry: Mapping[str, Any]) -> str:
    return f"{entry['value']:.1f} ({entry['clips'][0]}, {entry['clips'][1]})"


def _share_cell(entry: Mapping[str, Any]) -> str:
    return f"{entry['value']:.2f}"
