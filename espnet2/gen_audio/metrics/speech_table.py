"""The table of speech as Markdown, and what its rows and columns say."""

from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.metrics.table import DASH, row_title

# key -> heading, digits, meaning
COLUMNS = {
    "words_right": (
        "words right",
        2,
        "share of the words to be said that the recogniser hears; with a vocabulary it "
        "must choose among its words and need not know how many were said. Chance is "
        "the same clips against the transcripts of other utterances.",
    ),
    "wer_closed": (
        "WER in the vocabulary, %",
        1,
        "word errors of that recogniser, insertions included.",
    ),
    "wer": ("WER, %", 1, "word errors, any words allowed."),
    "cer": ("CER, %", 1, "character errors, any words allowed."),
    "wer_espnet": ("WER by ESPnet, %", 1, "word errors by ESPnet's own recogniser."),
    "cer_espnet": ("CER by ESPnet, %", 1, "character errors by the same."),
    "distillmos": (
        "DistillMOS",
        2,
        "predicted opinion of listeners, 1 to 5; of short clips compare rows only.",
    ),
    "dnsmos": ("DNSMOS", 2, "predicted overall quality, 1 to 5; likewise."),
    "similarity": (
        "speaker similarity",
        2,
        "cosine of speaker embeddings of clip and recording (or prompt).",
    ),
    "right_speaker": (
        "right speaker",
        2,
        "share of clips whose nearest speaker is the one asked for, the recording that "
        "a clip answers left out.",
    ),
    "mcd": (
        "MCD, dB",
        2,
        "mel-cepstral distortion to the recording after time warping; lower is better.",
    ),
    "log_f0_rmse": (
        "log-F0 RMSE",
        3,
        "error of the natural logarithm of F0 over frames voiced in both; lower is "
        "better.",
    ),
}
ROW_MEANINGS = {
    "recordings": "the test recordings, what the recogniser can reach.",
    "reconstructions": "the same passed through VAE and vocoder.",
    "true": "the LOA is that of the recording; the text is given as well.",
    "predicted": "the system: description and phonemes -> LOA -> latent -> waveform.",
    "another": "the recordings against transcripts and recordings of other "
    "utterances: speech that says something else.",
}
ROW_TITLES = {"another": "another random utterance"}


def speech_table(scores: Mapping[str, Any]) -> str:
    """Return the rows of speech_scores.json as a Markdown table.

    Args:
        scores: Content of speech_scores.json.

    Returns:
        The table, without a line break at its end.
    """
    rows = scores["rows"]
    keys = [key for key in COLUMNS if any(key in row for row in rows)]
    head = ["", "clips", *(COLUMNS[key][0] for key in keys)]
    lines = [head, ["---"] + ["---:"] * (len(head) - 1)]
    for row in rows:
        cells = [
            _cell(row[key], COLUMNS[key][1]) if key in row else DASH for key in keys
        ]
        lines.append([_title(row["name"]), str(row["clips"]), *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def speech_section(scores: Mapping[str, Any]) -> str:
    """Return the part of the page of results that is about speech.

    Args:
        scores: Content of speech_scores.json.

    Returns:
        Markdown with a heading, without a line break at its end.
    """
    settings = scores["settings"]
    lines = ["## Speech", "", speech_table(scores), ""]
    lines += [
        f"Brackets hold 95 % intervals: bootstrap over utterances, all seeds of one "
        f"together; {settings['draws']} draws, seed {settings['seed']}. "
        f"Recognised by {settings['recogniser']}.",
        "",
    ]
    if settings["vocabulary"]:
        words = " ".join(settings["vocabulary"])
        lines += [f"Vocabulary ({len(settings['vocabulary'])} words): {words}.", ""]
    for key, (heading, _, meaning) in COLUMNS.items():
        if any(key in row for row in scores["rows"]):
            lines.append(f"* **{heading}**: {meaning}")
    lines.append("")
    for row in scores["rows"]:
        meaning = ROW_MEANINGS.get(row["name"], "a generated system.")
        seeds = f" {len(row['seeds'])} seeds." if len(row["seeds"]) > 1 else ""
        lines.append(f"* **{_title(row['name'])}**: {meaning}{seeds}")
    for key, reason in scores["left_out"].items():
        lines.append(
            f"* left out: {COLUMNS[key][0] if key in COLUMNS else key}: {reason}"
        )
    return "\n".join(lines)


def _title(name: str) -> str:
    return ROW_TITLES.get(name) or row_title(name)


def _cell(entry: Mapping[str, Any], digits: int) -> str:
    text = f"{entry['value']:.{digits}f}"
    if entry.get("low") is not None:
        text += f" [{entry['low']:.{digits}f}, {entry['high']:.{digits}f}]"
    if "times_chance" in entry:
        text += f" ({entry['times_chance']:.1f} x chance)"
    return text
