"""Results of training as Markdown tables: validation values and errors of the LOA."""

from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.metrics.report.score_table import DASH

LOA_TITLES = {
    "predicted": "predicted by GPT-2",
    "mean": "mean LOA of the training set",
    "other": "LOA of another test clip",
    "zero": "zero",
}


def curve_table(scores: Mapping[str, Any]) -> str:
    """Return first and best validation value of each part as a Markdown table.

    Args:
        scores: Content of scores.json.

    Returns:
        The table; empty if no experiment was given.
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
        if curve.get("linear") is not None:
            lines.append(
                f"| principal components with the latent size of {part}, not trained "
                f"| {curve['key']} | {DASH} | {DASH} | {curve['linear']:.4g} | {DASH} |"
            )
    return "\n".join(lines)


def loa_table(scores: Mapping[str, Any]) -> str:
    """Return the errors of predicted and other LOA as a Markdown table.

    Args:
        scores: Content of scores.json.

    Returns:
        The table; empty if generation wrote no errors.
    """
    errors = scores.get("loa_error") or {}
    numbers = {k: v for k, v in errors.items() if isinstance(v, (int, float))}
    if not numbers:
        return ""
    lines = [
        "| LOA that is compared with the true LOA of the test clip | L1 |",
        "| --- | ---: |",
    ]
    lines += [f"| {LOA_TITLES.get(k, k)} | {v:.4g} |" for k, v in numbers.items()]
    return "\n".join(lines)
