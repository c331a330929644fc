"""The section of the result page about speech."""

from collections.abc import Mapping
from typing import Any

from espnet2.gen_audio.metrics.report.row_names import SPEECH_ROWS
from espnet2.gen_audio.metrics.report.score_table import (
    column_lines,
    left_out_lines,
    markdown_table,
    row_lines,
)


def speech_section(scores: Mapping[str, Any]) -> str:
    """Return the section.

    Args:
        scores: Content of speech_scores.json.

    Returns:
        Markdown with a heading, without a line break at its end.
    """
    settings = scores["settings"]
    lines = ["## Speech", "", markdown_table(scores), ""]
    lines += [
        "Brackets contain 95 % intervals, computed by bootstrap over utterances with "
        "all seeds of an utterance drawn together "
        f"({settings['draws']} draws, seed {settings['seed']}). "
        f"The speech recogniser is {settings['recogniser']}.",
        "",
    ]
    if settings["vocabulary"]:
        words = " ".join(settings["vocabulary"])
        lines += [f"Vocabulary ({len(settings['vocabulary'])} words): {words}.", ""]
    lines += [*column_lines(scores), "", *row_lines(scores, SPEECH_ROWS)]
    return "\n".join(lines + left_out_lines(scores))
