"""Tables of requests: one line per id, as in Kaldi's data folders.

All tables are read by ``files/keyed_text.py`` before a model is loaded, so that an
error in the last line is reported at once.
"""

import argparse
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from espnet2.gen_audio.cli.number_options import real_number, whole_number
from espnet2.gen_audio.compat import read_matrices
from espnet2.gen_audio.files.keyed_text import line_of, read_keyed, read_rows
from espnet2.gen_audio.generation_options.task_options import (
    NEED_CAPTION,
    SECONDS,
    condition_files,
    task_of,
)
from espnet2.gen_audio.kaldi.caption_file import read_captions
from espnet2.gen_audio.pipeline.edit.source import Source
from espnet2.gen_audio.pipeline.request import Request
from espnet2.gen_audio.pipeline.speech import with_phonemes
from espnet2.gen_audio.pipeline.system import System

Number = TypeVar("Number", int, float)


def requests_of(
    args: argparse.Namespace, captions: dict[str, str], sample_rate: int
) -> list[Request]:
    """Return a request for every caption.

    Args:
        args: Options of the command.
        captions: Captions of this job by id.
        sample_rate: Rate of the models, in Hz.

    Returns:
        A request for every caption.

    Raises:
        FileNotFoundError: If a table does not exist.
        ValueError: If a table lacks an id, or a value is no number.
    """
    sources = _column(args.source_scp, captions)
    seconds = _numbers(args.utt2dur, captions, SECONDS)
    seeds = _numbers(args.utt2seed, captions, whole_number())
    spans = _spans(args.spans, captions)
    matrices = _matrices(args, captions)
    requests = []
    for utt_id, caption in captions.items():
        source = None
        if sources:
            source = Source.from_file(sources[utt_id], sample_rate)
        task = task_of(args, source, spans.get(utt_id, ()))
        length = seconds.get(utt_id, args.seconds)
        conditions = {
            name: torch.tensor(rows[utt_id]) for name, rows in matrices.items()
        }
        requests.append(
            Request(
                utt_id,
                caption,
                length,
                seeds.get(utt_id),
                task,
                conditions=conditions,
            )
        )
    return requests


def add_speech_tables(parser: argparse.ArgumentParser) -> None:
    """Add the tables of transcripts and phonemes.

    Args:
        parser: Parser to extend.
    """
    add = parser.add_argument
    add("--transcript", type=Path, help="speech: transcripts, lines '<id> <words>'")
    add("--phonemes", type=Path, help="speech: phoneme file of prepare_phonemes")
    add(
        "--source_transcript",
        type=Path,
        help="continuation of speech: transcripts of the sounds",
    )


def check_tables(args: argparse.Namespace) -> None:
    """Refuse tables that are malformed or do not fit each other, before models load.

    Args:
        args: Options of the command.

    Raises:
        FileNotFoundError: If a table or a given sound does not exist.
        ValueError: If two tables exclude each other, a table lacks an id or has an
            empty or malformed line, or a caption is empty and the task has no other
            input.
    """
    check_speech_tables(args)
    captions = read_captions(args.text, args.key_file)
    spoken = _column(args.transcript or args.phonemes, captions)
    before = _column(args.source_transcript, captions)
    _refuse_empty(args.source_transcript, before, captions)
    if args.task in NEED_CAPTION:
        # what is not spoken needs a caption
        described = {key: spoken.get(key) or captions[key] for key in captions}
        _refuse_empty(args.text, described, captions)
    _numbers(args.utt2dur, captions, SECONDS)
    _numbers(args.utt2seed, captions, whole_number())
    _spans(args.spans, captions)
    _matrices(args, captions)
    for utt_id, sound in _column(args.source_scp, captions).items():
        if utt_id in captions and not Path(sound).is_file():
            raise FileNotFoundError(
                f"{args.source_scp}, line {line_of(args.source_scp, utt_id)}: {utt_id} "
                f"names the sound {sound!r}, which does not exist; give a path that is "
                "absolute or relative to the current folder"
            )


def check_speech_tables(args: argparse.Namespace) -> None:
    """Refuse options of speech that do not fit each other.

    Args:
        args: Options of the command.

    Raises:
        ValueError: If both transcripts and phonemes are given, or transcripts of sounds
            without the sounds.
    """
    if args.transcript is not None and args.phonemes is not None:
        raise ValueError(
            f"--transcript {args.transcript} and --phonemes {args.phonemes} are two "
            "forms of one text; give one of them"
        )
    if args.source_transcript is None:
        return
    if args.transcript is None or args.source_scp is None:
        raise ValueError(
            f"--source_transcript {args.source_transcript} has transcripts of given "
            "sounds: it needs --transcript and --source_scp"
        )


def spoken_captions(
    args: argparse.Namespace, captions: dict[str, str], system: System
) -> dict[str, str]:
    """Join the phonemes of transcripts to captions.

    Args:
        args: Options of the command.
        captions: Captions by id; for speech, the description of the speaker.
        system: The parts.

    Returns:
        Captions in the form of the models, by id. A clip whose line has no words keeps
            its caption, if the models were trained with such clips.

    Raises:
        ValueError: If the models read no phonemes, or a table lacks an id or words that
            the models need.
    """
    table = args.transcript or args.phonemes
    if table is None:
        return captions
    option = "--transcript" if args.transcript else "--phonemes"
    reader = system.phoneme_reader(f"{option} {table}")
    words, before = (_column(p, captions) for p in (table, args.source_transcript))
    if not reader.optional:
        _refuse_empty(table, words, captions)
    spell = reader.spell if args.transcript else reader.spell_tokens
    joined = dict(captions)
    for utt_id in [key for key in captions if words[key]]:
        whole = f"{before.get(utt_id, '')} {words[utt_id]}".strip()
        try:
            joined[utt_id] = with_phonemes(captions[utt_id], spell(whole))
        except ValueError as error:
            line = line_of(table, utt_id)
            raise ValueError(f"{table}, line {line}: {utt_id}: {error}") from error
    return joined


def _column(path: Path | None, ids: Collection[str]) -> dict[str, str]:
    """Read a table by id; refuse a missing id."""
    if path is None:
        return {}
    rows = read_keyed(path)
    _refuse_lacking(path, rows, ids)
    return rows


def _matrices(
    args: argparse.Namespace, ids: Collection[str]
) -> dict[str, Mapping[str, np.ndarray]]:
    """Open the matrices of every condition; refuse a missing id."""
    matrices = {}
    for name, path in condition_files(args).items():
        matrices[name] = read_matrices(path)
        _refuse_lacking(path, matrices[name], ids)
    return matrices


def _refuse_lacking(path: Path, rows: Collection[str], ids: Collection[str]) -> None:
    """Refuse a table without a line for a requested id."""
    lacking = [utt_id for utt_id in ids if utt_id not in rows]
    if lacking:
        more = f" and {len(lacking) - 1} more ids" if len(lacking) > 1 else ""
        raise ValueError(f"{path} has no line for {lacking[0]}{more}; add them")


def _refuse_empty(
    path: Path | None, rows: Mapping[str, str], ids: Collection[str]
) -> None:
    """Refuse a requested id without a value."""
    empty = [utt_id for utt_id in ids if not rows.get(utt_id, "-").strip()]
    if empty:
        more = f" and {len(empty) - 1} more ids" if len(empty) > 1 else ""
        raise ValueError(
            f"{path}, line {line_of(path, empty[0])}: {empty[0]}{more} without words; "
            "write them after the id, or remove the line"
        )


def _numbers(
    path: Path | None, ids: Collection[str], read: Callable[[str], Number]
) -> dict[str, Number]:
    """Read a table of numbers by id."""
    numbers = {}
    for utt_id, word in _column(path, ids).items():
        try:
            numbers[utt_id] = read(word)
        except argparse.ArgumentTypeError as error:
            place = f"{path}, line {line_of(path, utt_id)}: {utt_id}"
            raise ValueError(f"{place}: {error}") from error
    return numbers


def _spans(
    path: Path | None, ids: Collection[str]
) -> dict[str, list[tuple[float, float]]]:
    """Read spans by id; an id may have several lines."""
    spans: dict[str, list[tuple[float, float]]] = {}
    for number, utt_id, value in () if path is None else read_rows(path):
        try:
            start, end = map(real_number(0), value.split())
            if start >= end:
                raise ValueError
        except (ValueError, argparse.ArgumentTypeError) as error:
            raise ValueError(
                f"{path}, line {number}: {utt_id} {value!r} is not '<id> <start> <end>'"
                " in seconds, the end after the start"
            ) from error
        spans.setdefault(utt_id, []).append((start, end))
    if path is not None:
        _refuse_lacking(path, spans, ids)
    return spans
