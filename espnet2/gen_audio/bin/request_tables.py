"""Tables of what is asked for: a line an id, as in Kaldi's data folders."""

import argparse
from collections.abc import Collection
from pathlib import Path
from typing import Any

from espnet2.gen_audio.bin.request_options import task_of
from espnet2.gen_audio.kaldi.data_dir import read_scp
from espnet2.gen_audio.pipeline.request import Request
from espnet2.gen_audio.pipeline.source import Source


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
