"""Tables of what is asked for: a line an id, as in Kaldi's data folders."""

import argparse
from collections.abc import Collection
from pathlib import Path
from typing import Any

from espnet2.gen_audio.bin.request_options import task_of
from espnet2.gen_audio.kaldi.data_dir import read_scp
from espnet2.gen_audio.pipeline.edit.source import Source
from espnet2.gen_audio.pipeline.request import Request
from espnet2.gen_audio.pipeline.speech import with_phonemes
from espnet2.gen_audio.pipeline.system import System


def requests_of(
    args: argparse.Namespace, captions: dict[str, str], sample_rate: int
) -> list[Request]:
    """Read what is asked for.

    Args:
        args: Options of the command.
        captions: Captions of this job by id.
        sample_rate: Rate of the models, in Hz.

    Returns:
        A request for every caption.

    Raises:
        ValueError: If a table lacks an id, or holds no numbers.
    """
    sources = _column(args.source_scp, captions)
    seconds = _numbers(args.utt2dur, captions, float)
    seeds = _numbers(args.utt2seed, captions, int)
    spans = _spans(args.spans, captions)
    requests = []
    for utt_id, caption in captions.items():
        source = None
        if sources:
            source = Source.from_file(sources[utt_id], sample_rate)
        task = task_of(args, source, spans.get(utt_id, ()))
        length = seconds.get(utt_id, args.seconds)
        requests.append(Request(utt_id, caption, length, seeds.get(utt_id), task))
    return requests


def add_speech_tables(parser: argparse.ArgumentParser) -> None:
    """Add the tables of what a speech model says.

    Args:
        parser: Parser to extend.
    """
    add = parser.add_argument
    add("--transcript", type=Path, help="speech: what is said, '<id> <words>' a line")
    add("--phonemes", type=Path, help="the same as prepare_phonemes writes it")
    add(
        "--source_transcript",
        type=Path,
        help="what the given sounds say, for speech that goes on from them",
    )


def check_speech_tables(args: argparse.Namespace) -> None:
    """Refuse tables that do not fit each other, before anything is loaded.

    Args:
        args: Options of the command.

    Raises:
        ValueError: If both a transcript and phonemes are given, or words of a sound
            that is not.
    """
    if args.transcript is not None and args.phonemes is not None:
        raise ValueError("--transcript and --phonemes say the same; give one of them")
    if args.source_transcript is None:
        return
    if args.transcript is None or args.source_scp is None:
        raise ValueError(
            "--source_transcript says what a given sound says: it needs --transcript "
            "and --source_scp"
        )


def spoken_captions(
    args: argparse.Namespace, captions: dict[str, str], system: System
) -> dict[str, str]:
    """Add what is said to captions.

    Args:
        args: Options of the command.
        captions: Captions by id; of speech the description.
        system: The parts.

    Returns:
        What the models read, by id.

    Raises:
        ValueError: If the models read no phonemes, or a table lacks an id or words.
    """
    table = args.transcript or args.phonemes
    if table is None:
        return captions
    option = "--transcript" if args.transcript else "--phonemes"
    reader = system.phoneme_reader(f"{option} {table}")
    said, before = (_column(path, captions) for path in (table, args.source_transcript))
    spoken = {}
    for utt_id, caption in captions.items():
        words = f"{before.get(utt_id, '')} {said[utt_id]}".strip()
        try:
            spell = reader.spell if args.transcript else reader.spell_tokens
            spoken[utt_id] = with_phonemes(caption, spell(words))
        except ValueError as error:
            raise ValueError(f"{table}, {utt_id}: {error}") from error
    return spoken


def _column(path: Path | None, ids: Collection[str]) -> dict[str, str]:
    """Read a table by id; every id must be there."""
    if path is None:
        return {}
    rows = read_scp(path)
    lacking = [utt_id for utt_id in ids if utt_id not in rows]
    if lacking:
        raise ValueError(f"{path} has no line for {lacking[0]}")
    return rows


def _numbers(path: Path | None, ids: Collection[str], kind: type) -> dict[str, Any]:
    """Read a table of numbers by id."""
    numbers = {}
    for utt_id, word in _column(path, ids).items():
        try:
            numbers[utt_id] = kind(word)
        except ValueError as error:
            raise ValueError(f"{path}: {utt_id} {word!r} is no number") from error
    return numbers


def _spans(
    path: Path | None, ids: Collection[str]
) -> dict[str, list[tuple[float, float]]]:
    """Read stretches by id; an id may have several lines."""
    spans: dict[str, list[tuple[float, float]]] = {}
    for line in [] if path is None else path.read_text("utf-8").splitlines():
        words = line.split()
        try:
            utt_id, (start, end) = words[0], map(float, words[1:])
        except (ValueError, IndexError) as error:
            raise ValueError(
                f"{path}: {line!r} is not '<id> <start> <end>' in seconds"
            ) from error
        spans.setdefault(utt_id, []).append((start, end))
    return spans
