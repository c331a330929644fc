"""Scores as a Markdown table, with explanations of its columns and rows.

One row per system, one column per metric, for sounds and for speech. Each number has
its interval in brackets; a missing value is a dash. Columns and their explanations come
from the descriptions of metrics in the score file.
"""

from collections.abc import Callable, Mapping
from typing import Any

from espnet2.gen_audio.metrics.report.row_names import GENERATED, row_title

DASH = "–"


def present_metrics(scores: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the descriptions of the metrics that at least one row has, in order."""
    rows = scores["rows"]
    return [m for m in scores["metrics"] if any(m["key"] in row for row in rows)]


def markdown_table(scores: Mapping[str, Any]) -> str:
    """Return the rows of a file of scores as a Markdown table.

    Args:
        scores: Content of scores.json or speech_scores.json.

    Returns:
        The table, without a line break at its end.
    """
    metrics = present_metrics(scores)
    head = ["", "clips", *(metric["title"] for metric in metrics)]
    lines = [head, ["---"] + ["---:"] * (len(head) - 1)]
    for row in scores["rows"]:
        cells = [
            cell(row[m["key"]], m["digits"]) if m["key"] in row else DASH
            for m in metrics
        ]
        lines.append([row_title(row["name"]), str(row["clips"]), *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(entry: Mapping[str, Any], digits: int) -> str:
    """Return one number of the table.

    Args:
        entry: Entry of a row.
        digits: Decimals.

    Returns:
        The value, its interval, its ratio to chance level and, if the metric compares
        two sets of clips, the sizes of both sets.
    """
    text = f"{entry['value']:.{digits}f}"
    if entry.get("low") is not None:
        text += f" [{entry['low']:.{digits}f}, {entry['high']:.{digits}f}]"
    if "times_chance" in entry:
        text += f" ({entry['times_chance']:.1f} x chance)"
    if isinstance(entry.get("clips"), list):
        text += f" ({', '.join(map(str, entry['clips']))})"
    return text


def comparison_table(scores: Mapping[str, Any]) -> str:
    """Return the difference of two systems as a Markdown table.

    Args:
        scores: Content of scores.json.

    Returns:
        The table with an empty line before it; nothing without a comparison.
    """
    found = scores.get("comparison")
    if not found:
        return ""
    of_key = {metric["key"]: metric for metric in scores["metrics"]}
    lines = [["", f"{found['first']} minus {found['second']}", "better"]]
    lines.append(["---", "---:", "---"])
    for key, entry in found["differences"].items():
        metric = of_key[key]
        value = cell(entry, metric["digits"])
        lines.append([metric["title"], value, entry["better"] or DASH])
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"\n{table}\n"


def column_lines(
    scores: Mapping[str, Any], details: Callable[[str], str] = lambda key: ""
) -> list[str]:
    """Return one line per column that explains its numbers.

    Args:
        scores: Content of scores.json or speech_scores.json.
        details: Function that returns a further explanation for the key of a metric.

    Returns:
        Markdown list items.
    """
    lines = []
    for metric in present_metrics(scores):
        lines.append(
            f"* **{metric['title']}** ({metric['unit']}{_direction(metric)}): "
            f"{metric['text']}{details(metric['key'])}"
        )
    return lines


def row_lines(scores: Mapping[str, Any], meanings: Mapping[str, str]) -> list[str]:
    """Return one line per row that explains it.

    Args:
        scores: Content of scores.json or speech_scores.json.
        meanings: Meaning of rows by name.

    Returns:
        Markdown list items.
    """
    lines = []
    for row in scores["rows"]:
        meaning = meanings.get(row["name"], GENERATED)
        seeds = f" {len(row['seeds'])} seeds." if len(row["seeds"]) > 1 else ""
        lines.append(f"* **{row_title(row['name'])}**: {meaning}{seeds}")
    return lines


def left_out_lines(scores: Mapping[str, Any]) -> list[str]:
    """Return one line per metric that is left out, with the reason.

    Args:
        scores: Content of scores.json or speech_scores.json.

    Returns:
        Markdown list items.
    """
    titles = {metric["key"]: metric["title"] for metric in scores["metrics"]}
    left_out = scores.get("left_out", {})
    return [f"* left out: {titles.get(k, k)}: {why}" for k, why in left_out.items()]


def _direction(metric: Mapping[str, Any]) -> str:
    if metric["direction"] == "neither":
        return ""
    return f"; {metric['direction']} is better"
