"""Reads scores.json, speech_scores.json and clips.jsonl, also of earlier releases.

Earlier files call a classifier probe 'judge' and a class 'kind', and have shorter
descriptions of metrics. They are converted to the present form; the table below has all
names that were replaced.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from espnet2.gen_audio.files.plain_json import load_json
from espnet2.gen_audio.files.regular_file import regular
from espnet2.gen_audio.metrics.evaluation.metric import Metric
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS
from espnet2.gen_audio.metrics.speech_metrics.registry import SPEECH_METRICS

OLD_NAMES = {
    "judges": "probes",
    "judge_train": "probe_train",
    "judge_heldout": "probe_heldout",
    "judge_raw": "probe_raw",
    "kinds": "classes",
    "share_median": "below_median",
    "said": "transcript",
    "heard": "recognised",
}


def read_scores(path: Path) -> dict[str, Any]:
    """Read scores.json of ``bin.score``.

    Args:
        path: The file.

    Returns:
        Its content, with the present names and a description of each metric.
    """
    return _with_descriptions(_read(path), path, SOUND_METRICS.all())


def read_speech_scores(path: Path) -> dict[str, Any]:
    """Read speech_scores.json of ``bin.score_speech``.

    Args:
        path: The file.

    Returns:
        Its content, with the present names and a description of each metric.
    """
    return _with_descriptions(_read(path), path, SPEECH_METRICS.all())


def read_clips(path: Path) -> list[dict[str, Any]]:
    """Read clips.jsonl or speech_clips.jsonl.

    Args:
        path: The file.

    Returns:
        One record per clip, with the present names.

    Raises:
        ValueError: If a line is no JSON.
    """
    records = []
    for number, line in enumerate(
        regular(path).read_text(encoding="utf-8").splitlines(), 1
    ):
        try:
            records.append(new_names(load_json(line)))
        except ValueError as error:
            raise ValueError(
                f"{path}, line {number}: {line[:40]!r} is no JSON ({error}); score "
                "again"
            ) from error
    return records


def new_names(content: Any) -> Any:
    """Return JSON content with present names in place of old ones.

    Args:
        content: Dictionaries, lists and values, as JSON holds them.

    Returns:
        The content; keys are renamed at every depth.
    """
    if isinstance(content, dict):
        return {OLD_NAMES.get(k, k): new_names(v) for k, v in content.items()}
    if isinstance(content, list):
        return [new_names(one) for one in content]
    return content


def _read(path: Path) -> dict[str, Any]:
    try:
        content = load_json(regular(path).read_text(encoding="utf-8"))
        _refuse_another_form(content)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path} is no file of scores ({error!r}); give what bin.score or "
            "bin.score_speech wrote"
        ) from error
    return new_names(content)


def _refuse_another_form(content: dict[str, Any]) -> None:
    """Refuse rows, metrics and curves of another form than a command writes."""
    for name, key in (("rows", "name"), ("metrics", "key")):
        entries = content["rows"] if name == "rows" else content.get(name, [])
        if not isinstance(entries, list):
            raise TypeError(f"'{name}' is {str(entries)[:40]!r}, no list")
        for entry in entries:
            if not isinstance(entry, dict) or not isinstance(entry.get(key), str):
                raise TypeError(f"{str(entry)[:40]!r} in '{name}' has no {key}")
    _refuse_other_values(content)


def _refuse_other_values(content: dict[str, Any]) -> None:
    """Refuse values of rows and curves that are no numbers."""
    for row in content["rows"]:
        for key, entry in row.items():
            if isinstance(entry, dict) and "value" in entry:
                _refuse_no_number(key, entry["value"])
    curves = content.get("curves") or {}
    for part, curve in curves.items():
        if not isinstance(curve["key"], str):
            raise TypeError(f"the curve of {part} has no key")
        _refuse_no_number(part, curve["best"])


def _refuse_no_number(key: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float, type(None))):
        raise TypeError(f"the value of {key} is {str(value)[:40]!r}, no number")


def _with_descriptions(
    scores: dict[str, Any], path: Path, metrics: Sequence[Metric]
) -> dict[str, Any]:
    """Describe the metrics of files whose own descriptions are incomplete."""
    described = [one for one in scores.get("metrics", []) if "text" in one]
    if not described:
        logging.info("%s is of an earlier release; descriptions are added", path)
        described = [metric.describe() for metric in metrics]
    return {**scores, "metrics": described}
