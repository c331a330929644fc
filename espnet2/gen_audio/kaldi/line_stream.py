"""Lines of a file, pipe or standard input, one at a time and within bounds.

Kaldi's tools are used in pipelines, so that these read pipes too. A device that never
ends is refused by the length of its first line, an endless pipe of ids by their sum.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

_LONGEST = 1 << 20  # characters of a line
MOST = 1 << 30  # characters that are kept in memory


def stream_lines(path: Path | None) -> Iterator[str]:
    """Read lines with their ends.

    Args:
        path: File or pipe in UTF-8, with or without a byte order mark; standard input
            if None.

    Yields:
        The lines, without the mark.

    Raises:
        ValueError: If a line has a mebibyte or more, or the text is not UTF-8.
    """
    name = "standard input" if path is None else path
    opened = nullcontext(sys.stdin) if path is None else path.open(encoding="utf-8")
    number = 0
    with opened as file:
        try:
            for number, line in enumerate(iter(lambda: file.readline(_LONGEST), ""), 1):
                if len(line) == _LONGEST:
                    raise ValueError(
                        f"{name}, line {number} has {_LONGEST} characters or more; is "
                        "this a text file?"
                    )
                yield line.removeprefix("\ufeff") if number == 1 else line
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{name} is not UTF-8 ({error.reason}, after line {number}); save it "
                "with UTF-8 encoding"
            ) from None


def all_lines(path: Path | None) -> list[str]:
    """Read all lines with their ends.

    Args:
        path: File or pipe in UTF-8; standard input if None.

    Returns:
        The lines.

    Raises:
        ValueError: If they have more than 2^30 characters.
    """
    lines, size = [], 0
    for line in stream_lines(path):
        size += len(line)
        if size > MOST:
            raise ValueError(
                f"{path or 'standard input'} has more than {MOST} characters; does it "
                "end?"
            )
        lines.append(line)
    return lines


def speaker_rows(lines: Sequence[str], of_speakers: bool) -> dict[str, str]:
    """Return the rows of ``utt2spk`` or ``spk2utt``.

    Args:
        lines: Lines; id and value are separated by spaces or tabs.
        of_speakers: Whether they are of ``spk2utt``, where a speaker may have several
            lines.

    Returns:
        The speaker of each utterance, or the utterances of each speaker.

    Raises:
        ValueError: If a line has no value, or an utterance occurs twice.
    """
    rows: dict[str, str] = {}
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        key, value = (*line.split(None, 1), "", "")[:2]
        value = value.rstrip()
        if key and not value:
            raise ValueError(
                f"line {number}: {key[:60]!r} has no value; write '<id> <value>'"
            )
        for name in value.split() if of_speakers else [key] * bool(key):
            if name in seen:
                raise ValueError(
                    f"line {number}: {name[:60]!r} occurs twice; an utterance has one "
                    "speaker"
                )
            seen.add(name)
        if key:
            rows[key] = f"{rows[key]} {value}" if key in rows else value
    return rows


def refuse_own_outputs(source: str, targets: Sequence[str]) -> None:
    """Refuse to write a part over another one or over the input.

    Args:
        source: The input.
        targets: The outputs.

    Raises:
        ValueError: If one place occurs twice.
    """
    places = [os.path.realpath(path) for path in (source, *targets)]
    for number, place in enumerate(places[1:], 1):
        if place in places[:number]:
            raise ValueError(
                f"{targets[number - 1]} is the input or an output before; give each "
                "part a file of its own"
            )
