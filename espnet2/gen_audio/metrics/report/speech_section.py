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
        f"Brackets hold 95 % intervals: bootstrap over utterances, all seeds of one "
        f"together; {settings['draws']} draws, seed {settings['seed']}. "
        f"Recognised by {settings['recogniser']}.",
        "",
    ]
    if settings["vocabulary"]:
        words = " ".join(settings["vocabulary"])
        lines += [f"Vocabulary ({len(settings['vocabulary'])} words): {words}.", ""]
    lines += [*column_lines(scores), "", *row_lines(scores, SPEECH_ROWS)]
    return "\n".join(lines + left_out_lines(scores))
