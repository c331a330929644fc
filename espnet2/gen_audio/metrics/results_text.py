"""RESULTS.md from scores.json: the numbers, and what they do and do not say."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from espnet2.gen_audio.metrics.judges import JUDGE_TITLES
from espnet2.gen_audio.metrics.speech_table import speech_section
from espnet2.gen_audio.metrics.table import (
    curve_table,
    loa_table,
    markdown_table,
    row_title,
)

ROW_MEANINGS = {
    "recordings": "the test recordings themselves. Distances: recordings of the "
    "training set against them, which is as close as other recordings of these kinds "
    "come (floor).",
    "reconstructions": "the test recordings passed through VAE and vocoder: what a "
    "perfect language model and diffusion model could reach (ceiling). Generated clips "
    "may still be judged better, because they are prototypes of their kind; that is "
    "not better audio.",
    "predicted": "the system: caption -> LOA by GPT-2 -> latent -> mel -> waveform.",
    "shuffled": "the same clips, judged against captions dealt out anew.",
    "true": "the LOA is that of the recording, not of the caption; judged by "
    "cross-validation, so that no judge has heard the recording.",
    "other": "LOA predicted from another caption, the text kept: shows which of the "
    "two the system follows.",
    "zero": "no LOA, the text kept.",
    "mean": "mean LOA of the training set, the text kept.",
    "loa_only": "predicted LOA, the text replaced by that of the empty caption.",
    "untrained": "the same networks before training; VAE and vocoder trained.",
    "nearest_caption": "no generator: the training recording whose caption is nearest "
    "to the test caption, as the judges hear it. The judge of training reconstructions "
    "was fitted on these very clips.",
    "noise": "Gaussian noise.",
}
COLUMN_MEANINGS = {
    "judge_train": "macro-averaged accuracy of a judge fitted on training recordings "
    "that went through VAE and vocoder.",
    "judge_heldout": "the same, fitted on held-out recordings only, which the "
    "generator never saw.",
    "judge_raw": "the same, fitted on raw training recordings; it mostly hears what "
    "VAE and vocoder do to a sound.",
    "kernel_distance": "unbiased squared maximum mean discrepancy to the test "
    "recordings, polynomial kernel, x 100; lower is better, equal sets give 0 on "
    "average and may fall below it.",
    "frechet_distance": "to the test recordings, with the numbers of clips on both "
    "sides. With fewer clips than dimensions it is biased and rank-deficient: compare "
    "rows of equal n only.",
    "mel_distance": "mean absolute difference to the clip's own recording.",
    "copying": "share of clips nearer to a training clip than 95 % of real test clips "
    "are; about 0.05 for clips drawn as the test clips were, 1 for copies.",
}


@dataclass(frozen=True)
class Origin:
    """Where one part of the system comes from.

    Args:
        part: Name of the part.
        source: Training and epochs, or file and its kind.
        licence: Terms of its weights; empty where nobody states any.
        sha256: Digest of its weights, for those that were not trained here.
    """

    part: str
    source: str
    licence: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Setting:
    """What stands around the numbers.

    Args:
        title: Name of the corpus or run.
        commands: Commands that make the page again.
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
        setting: What stands around the numbers.
        speech: Content of speech_scores.json, where speech was scored.

    Returns:
        Markdown, with a line break at its end.
    """
    sections = [
        f"# Results: {setting.title}",
        _picture(setting, "spectrograms"),
        f"## Scores\n\n{markdown_table(scores)}",
        _picture(setting, "judge"),
        _reading(scores),
        speech_section(speech) if speech else "",
        _loa_section(scores),
        _training_section(scores, setting),
        _origin_section(setting),
        _making(scores, setting),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _reading(scores: Mapping[str, Any]) -> str:
    present = {key for row in scores["rows"] for key in row}
    lines = ["Brackets hold 95 % intervals. " + _interval_words(), "", "Columns:", ""]
    for key, meaning in COLUMN_MEANINGS.items():
        if key in present:
            lines.append(f"* **{key}**: {meaning}{_judge_facts(scores, key)}")
    lines += ["", "Rows:", ""]
    for row in scores["rows"]:
        meaning = ROW_MEANINGS.get(row["name"], "a generated system.")
        seeds = f" {len(row['seeds'])} seeds." if len(row["seeds"]) > 1 else ""
        lines.append(f"* **{row_title(row['name'])}**: {meaning}{seeds}")
    for key, reason in scores.get("left_out", {}).items():
        lines.append(f"* left out: {key} ({JUDGE_TITLES.get(key, key)}), as {reason}.")
    return "\n".join(lines)


def _interval_words() -> str:
    return (
        "Accuracy and mel distance: bootstrap over recordings (all clips and seeds of "
        "one together), the judge held fixed. Kernel distance: half-samples of "
        "the recordings on both sides. Shuffled captions: spread over shuffles."
    )


def _judge_facts(scores: Mapping[str, Any], key: str) -> str:
    facts = scores["judges"].get(key)
    if facts is None:
        return ""
    return (
        f" {facts['clips']} clips of {facts['recordings']} recordings, "
        f"{len(facts['kinds'])} kinds; chance {facts['chance']:.3g}."
    )


def _loa_section(scores: Mapping[str, Any]) -> str:
    table = loa_table(scores)
    return f"## Error of the predicted LOA\n\n{table}" if table else ""


def _training_section(scores: Mapping[str, Any], setting: Setting) -> str:
    table = curve_table(scores)
    if not table:
        return ""
    words = (
        "'Before' is validation of the weights that training starts from, for the "
        "joint model those of the parts trained alone; 'first epoch' has learnt "
        "already. The diffusion model is validated at noise steps and noise fixed for "
        "each clip."
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
        f"{settings['level']}; longer ones cut, shorter ones padded with zeros.",
        f"* Embedding: {settings['embedding']}, weights "
        f"{settings['embedding_version']}, {settings['embedding_rate']} Hz, "
        "mean over the patches of a clip.",
        f"* Copying is measured between {settings['copying_channel']}.",
        f"* Draws of intervals: {settings['draws']}; seed {settings['seed']}.",
        f"* Versions: {versions}.",
    ]
    return "\n".join(lines)


def _picture(setting: Setting, name: str) -> str:
    if name not in setting.pictures:
        return ""
    path, text = setting.pictures[name]
    return f"![{text}]({path})"


def summary_line(scores: Mapping[str, Any]) -> str:
    """Return the main numbers as one JSON line, for a log."""
    rows = {row["name"]: row for row in scores["rows"]}
    short = {
        name: {
            key: row[key]["value"]
            for key in ("judge_train", "judge_heldout", "kernel_distance")
            if key in row
        }
        for name, row in rows.items()
    }
    return json.dumps(short, ensure_ascii=False)
