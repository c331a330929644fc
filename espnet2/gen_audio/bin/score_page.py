"""Show the scores of several runs on one HTML page that works offline.

Files of bin.score, bin.score_speech and earlier releases are read; clips.jsonl beside
them gives the table of clips. The page of one run, with players and spectrograms, is
written by bin.score itself.
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.metrics.report.score_page import Experiment, score_page
from espnet2.gen_audio.metrics.report.scores_file import (
    read_clips,
    read_scores,
    read_speech_scores,
)


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--scores", nargs="+", required=True, help="[name=]scores.json of each run")
    add("--output", type=Path, required=True, help="page to write, .html")
    return parser


@one_line_errors(2)
def main(cmd: Sequence[str] | None = None) -> None:
    """Write the page.

    Args:
        cmd: Arguments; default: those of the command line.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    experiments = [experiment_of(text) for text in args.scores]
    write_text(args.output, score_page(experiments))
    logging.info("the page is %s", args.output)


def experiment_of(text: str) -> Experiment:
    """Read one run.

    Args:
        text: ``name=path`` or a path; the name is then that of its folder.

    Returns:
        Its scores, and its clips where they are beside them.
    """
    name, equals, place = text.rpartition("=")
    path = Path(place)
    speech = path.name.startswith("speech_")
    scores = read_speech_scores(path) if speech else read_scores(path)
    clips = path.with_name("speech_clips.jsonl" if speech else "clips.jsonl")
    records = read_clips(clips) if clips.exists() else []
    return Experiment(name if equals else path.resolve().parent.name, scores, records)


if __name__ == "__main__":
    main()
