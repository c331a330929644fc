"""Check before the first long stage that the data meet the demands of later stages.

For each demand that the data do not meet, prints an error if the stage is to run, and a
warning if it is a later stage. Reports how many hours of clips that are too long have
no LOA and no latent.
"""

import argparse
import logging
import math
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.number_options import real_number, whole_number
from espnet2.gen_audio.kaldi.data_dir import read_data_dir
from espnet2.gen_audio.recipe.demands import CheckedData, Demand, lacking

SCORE = 15  # number of the stage


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    for name in ("train", "valid", "test"):
        add(f"--{name}_data", required=True, help="data folder that stage 3 wrote")
    add("--speech", action="store_true", help="the run uses transcripts (--g2p)")
    add(
        "--some_transcripts",
        action="store_true",
        help="clips may have no transcript (--transcripts some)",
    )
    add(
        "--phonemes_listed",
        action="store_true",
        help="the phonemes of the models are given, not learnt from transcripts",
    )
    add(
        "--sample_rate",
        type=whole_number(1),
        required=True,
        help="rate of all sounds, in hertz",
    )
    add(
        "--clip_seconds",
        type=real_number(above=0, most=86400),
        help="length of a clip of the models",
    )
    add("--vocabulary", default="", help="words of the recogniser, or a file of words")
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
    """Return the unmet demands of some stages, one sentence each.

    Args:
        found: Demands that are not met, with their texts.
        stages: Numbers of the stages.
        others: Stages whose demands are ignored.

    Returns:
        The sentences; each begins with the first stage that would fail.
    """
    return [
        f"stage {min(set(stages).intersection(demand.stages))} would fail: {text}"
        for demand, text in found
        if set(stages) & set(demand.stages) and not set(others) & set(demand.stages)
    ]


def refuse_other_words(test_data: str, vocabulary: str) -> None:
    """Refuse transcripts with words that are not in the recogniser's vocabulary.

    Args:
        test_data: Data folder of the test set.
        vocabulary: Words, or a file of words.

    Raises:
        ValueError: If a transcript has another word, or the vocabulary is not valid.
    """
    from espnet2.gen_audio.metrics.speech_evaluation.speech_set import (
        read_speech_test_set,
    )
    from espnet2.gen_audio.metrics.speech_evaluation.vocabulary import read_vocabulary

    read_speech_test_set(Path(test_data), read_vocabulary(vocabulary))


def beyond_clips(data: CheckedData, seconds: float) -> Iterator[str]:
    """Say how much sound of each set lies behind the first clip of a recording.

    Args:
        data: The data.
        seconds: Length of a clip.

    Yields:
        A sentence for each set that has such sound.
    """
    for path, folder in data.folders.items():
        lengths = [
            int(samples) / data.sample_rate
            for samples in folder.column("utt2num_samples").values()
        ]
        beyond = [length - seconds for length in lengths if length > seconds]
        if beyond:
            yield (
                f"{path}: {len(beyond)} of {len(lengths)} clips are longer than "
                f"{seconds:g} s, the clip of the models; LOA and latents are of their "
                f"beginning, {sum(beyond) / 3600:.3g} of {sum(lengths) / 3600:.3g} "
                "hours are not used; --segment_hop cuts training and validation sets"
            )


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
    how = (args.sample_rate, args.some_transcripts, args.phonemes_listed)
    data = CheckedData(folders, *paths, args.speech, *how)
    for line in beyond_clips(data, args.clip_seconds or math.inf):
        logging.warning("%s", line)
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
