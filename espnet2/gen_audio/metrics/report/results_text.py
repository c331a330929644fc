"""Write RESULTS.md from scores.json: the numbers and their explanations."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from espnet2.gen_audio.metrics.report.row_names import SOUND_ROWS
from espnet2.gen_audio.metrics.report.score_table import (
    column_lines,
    left_out_lines,
    markdown_table,
    present_metrics,
    row_lines,
)
from espnet2.gen_audio.metrics.report.speech_section import speech_section
from espnet2.gen_audio.metrics.report.training_tables import curve_table, loa_table

INTERVALS = (
    "Brackets contain 95 % intervals. Intervals of accuracy and mel distance are "
    "computed by bootstrap over recordings; all clips and seeds of a recording are "
    "drawn together, and the classifier probe is not fitted again. Intervals of the "
    "kernel distance are computed from half-samples of the recordings of both sets. "
    "Intervals of the row with shuffled captions are the spread over permutations."
)
EMBEDDED_EARLIER = "a clip, padding included"  # for scores.json without 'embedded'


@dataclass(frozen=True)
class Origin:
    """Where one part of the system comes from.

    Args:
        part: Name of the part.
        source: Training with its epochs, or file with its origin.
        licence: Licence of its weights; empty if none is stated.
        sha256: Digest of its weights if they were not trained here.
    """

    part: str
    source: str
    licence: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Setting:
    """Title, commands and origins: the page except the numbers.

    Args:
        title: Name of the corpus or run.
        commands: Commands that reproduce the page.
        hardware: One line on the machine.
        parts: Where each part comes from.
        pictures: Path and text of each picture, by name.
    """

    title: str
    commands: Sequence[str] = ()
    hardware: str = ""
    parts: Sequence[Origin] = ()
    pictures: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def results_text(
    scores: Mapping[str, Any],
    setting: Setting,
    speech: Mapping[str, Any] | None = None,
) -> str:
    """Return the page.

    Args:
        scores: Content of scores.json.
        setting: Title, commands and origins.
        speech: Content of speech_scores.json, if speech was scored.

    Returns:
        Markdown, with a line break at its end.
    """
    sections = [
        f"# Results: {setting.title}",
        _picture(setting, "spectrograms"),
        f"## Scores\n\n{markdown_table(scores)}",
        _picture(setting, "probes"),
        _reading(scores),
        speech_section(speech) if speech else "",
        _loa_section(scores),
        _training_section(scores, setting),
        _origin_section(setting),
        _making(scores, setting),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _reading(scores: Mapping[str, Any]) -> str:
    lines = [INTERVALS, "", "Columns:", ""]
    lines += column_lines(scores, lambda key: _probe_details(scores, key))
    lines += ["", "Rows:", "", *row_lines(scores, SOUND_ROWS), *left_out_lines(scores)]
    return "\n".join(lines)


def _probe_details(scores: Mapping[str, Any], key: str) -> str:
    """Return what a classifier probe was fitted on; an empty text for other metrics."""
    probe = scores["probes"].get(key)
    if probe is None:
        return ""
    return (
        f" It was fitted on {probe['clips']} clips of {probe['recordings']} recordings "
        f"with {len(probe['classes'])} classes; chance is {probe['chance']:.3g}."
    )


def _loa_section(scores: Mapping[str, Any]) -> str:
    table = loa_table(scores)
    return f"## Error of the predicted LOA\n\n{table}" if table else ""


def _training_section(scores: Mapping[str, Any], setting: Setting) -> str:
    table = curve_table(scores)
    if not table:
        return ""
    words = (
        "The column 'before' has the validation value of the initial weights; the "
        "joint model is initialised with the separately trained parts. The column "
        "'first epoch' has the value after one epoch of training. The diffusion model "
        "is validated with fixed noise and a fixed noise step for each clip."
    )
    picture = _picture(setting, "losses")
    return "\n\n".join(p for p in (f"## Training\n\n{table}", words, picture) if p)


def _origin_section(setting: Setting) -> str:
    if not setting.parts:
        return ""
    lines = ["| part | source | licence | sha256 |", "| --- | --- | --- | --- |"]
    for part in setting.parts:
        cells = (part.part, part.source, part.licence or "-", part.sha256[:16] or "-")
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    table = "\n".join(lines)
    return f"## Where each part comes from\n\n{table}"


def _making(scores: Mapping[str, Any], setting: Setting) -> str:
    settings = scores["settings"]
    geometry = settings["geometry"]
    versions = ", ".join(f"{k} {v}" for k, v in settings["versions"].items())
    lines = ["## How it was made", ""]
    if setting.commands:
        lines += ["```sh", *setting.commands, "```", ""]
    if setting.hardware:
        lines.append(f"* Hardware: {setting.hardware}.")
    lines += [
        f"* Clips: {geometry['seconds']:g} s at {geometry['sample_rate']} Hz, "
        f"{settings['level']}; longer clips are cut, shorter clips are padded with "
        "zeros.",
        f"* Embedding: {settings['embedding']}, weights "
        f"{settings['embedding_version']}, {settings['embedding_rate']} Hz, "
        f"mean over the patches of {settings.get('embedded', EMBEDDED_EARLIER)}.",
        f"* The metric of copying compares {settings['copying_channel']}.",
        f"* Intervals are computed from {settings['draws']} draws with seed "
        f"{settings['seed']}.",
        f"* Versions: {versions}.",
    ]
    return "\n".join(lines)


def _picture(setting: Setting, name: str) -> str:
    if name not in setting.pictures:
        return ""
    path, text = setting.pictures[name]
    return f"![{text}]({path})"


def summary_line(scores: Mapping[str, Any]) -> str:
    """Return every value of every row as one JSON line, for a log."""
    keys = [metric["key"] for metric in present_metrics(scores)]
    short = {
        row["name"]: {key: row[key]["value"] for key in keys if key in row}
        for row in scores["rows"]
    }
    return json.dumps(short, ensure_ascii=False)
