"""Check what later stages of the recipe demand of the data, before hours are spent.

Prints an error for each demand of a stage that is to run, and a warning for those of
later stages, where the data do not meet it.
"""

import argparse
import logging
from collections.abc import Collection, Sequence
from pathlib import Path

from espnet2.gen_audio.kaldi.data_dir import read_data_dir
from espnet2.gen_audio.recipe.command import one_line_errors, setup_logging
from espnet2.gen_audio.recipe.demands import CheckedData, Demand, lacking
from espnet2.gen_audio.recipe.numbers import whole_number

SCORE = 15  # stage


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    for name in ("train", "valid", "test"):
        add(f"--{name}_data", required=True, help="data folder that stage 3 wrote")
    add("--speech", action="store_true", help="transcripts are read (--g2p)")
    add(
        "--sample_rate",
        type=whole_number(1),
        required=True,
        help="of all sounds, in hertz",
    )
    add("--vocabulary", default="", help="of the recogniser: words, or a file of them")
    add(
        "--runs",
        type=whole_number(1),
        nargs="*",
        default=[],
        help="stages that are to run",
    )
    add(
        "--later",
        type=whole_number(1),
        nargs="*",
        default=[],
        help="stages that may run later",
    )
    return parser


def unmet(
    found: Sequence[tuple[Demand, str]],
    stages: Collection[int],
    others: Collection[int] = (),
) -> list[str]:
    """Return what some stages lack, a sentence each.

    Args:
        found: Demands that are not met, and what is said of them.
        stages: Numbers of the stages.
        others: Stages whose demands are left out.

    Returns:
        The sentences; each begins with the first stage that would fail.
    """
    return [
        f"stage {min(set(stages).intersection(demand.stages))} would fail: {text}"
        for demand, text in found
        if set(stages) & set(demand.stages) and not set(others) & set(demand.stages)
    ]


def refuse_other_words(test_data: str, vocabulary: str) -> None:
    """Refuse transcripts with words that the recogniser may not choose.

    Args:
        test_data: Data folder of the test set.
        vocabulary: Words, or a file of them.

    Raises:
        ValueError: If a transcript has another word, or the vocabulary is none.
    """
    from espnet2.gen_audio.metrics.speech.speech_set import read_speech_test_set
    from espnet2.gen_audio.metrics.speech.vocabulary import read_vocabulary

    read_speech_test_set(Path(test_data), read_vocabulary(vocabulary))


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Run the command.

    Args:
        cmd: Arguments; None takes those of the process.

    Raises:
        ValueError: If a demand of a stage that is to run is not met.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    paths = (args.train_data, args.valid_data, args.test_data)
    folders = {path: read_data_dir(path) for path in paths}
    data = CheckedData(folders, *paths, args.speech, args.sample_rate)
    found = lacking(data)
    for line in unmet(found, args.later, args.runs):
        logging.warning("%s", line)
    *others, last = unmet(found, args.runs) or [""]
    for line in others:
        logging.error("%s", line)
    if last:
        raise ValueError(last)
    if args.speech and args.vocabulary and SCORE in args.runs:
        refuse_other_words(args.test_data, args.vocabulary)


if __name__ == "__main__":
    main()
