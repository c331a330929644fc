"""Checks of options that need no model: they come before one is loaded."""

import argparse
import os
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path

from espnet2.gen_audio.files.visible_text import is_blank

# task -> options that it reads, of those that not all tasks read
READS = {
    "text_to_audio": ("seconds", "utt2dur"),
    "audio_prompt": ("seconds", "utt2dur", "strength"),
    "continuation": ("seconds", "utt2dur", "fade", "loa_only"),
    "inpainting": ("fade",),
    "super_resolution": ("cut",),
    "style_transfer": ("strength",),
}


def refuse_unwritable(option: str, folder: Path) -> None:
    """Refuse a folder that cannot be made or written.

    Args:
        option: Name of the option.
        folder: The folder.

    Raises:
        ValueError: If a file has its name, or it cannot be written.
    """
    above = [each for each in (folder, *folder.parents) if each.exists()]
    if above and not above[0].is_dir():
        raise ValueError(f"--{option}: got {folder}; {above[0]} is no folder")
    if above and not os.access(above[0], os.W_OK):
        raise ValueError(f"--{option}: got {folder}; {above[0]} is not writable")


def refuse_own_input(outputs: Iterable[Path], given: Iterable[Path]) -> None:
    """Refuse to write over a file that is read.

    Args:
        outputs: Files to write.
        given: Sounds and lists to read.

    Raises:
        ValueError: If one is written over.
    """
    written = {os.path.realpath(path) for path in outputs}
    for path in given:
        if os.path.realpath(path) in written:
            raise ValueError(f"{path} would be written over; give another output")


def refuse_repeated(option: str, values: Sequence[Hashable]) -> None:
    """Refuse a value that is given twice: both would be written to one place.

    Args:
        option: Name of the option.
        values: What was given.

    Raises:
        ValueError: If a value stands twice.
    """
    if len(set(values)) < len(values):
        given = " ".join(map(str, values))
        raise ValueError(f"--{option}: got {given}; give each value once")


def refuse_missing(args: argparse.Namespace, options: Sequence[str]) -> None:
    """Refuse options that name a file or folder which does not exist.

    Args:
        args: Options of the command.
        options: Names of options with a path or None.

    Raises:
        FileNotFoundError: If one does not exist.
    """
    for option in options:
        path = getattr(args, option)
        if path is not None and not Path(path).exists():
            raise FileNotFoundError(f"--{option}: got {path}, which does not exist")


def refuse_undecoded(option: str, text: str | None) -> None:
    """Refuse a text of the command line that is not in its encoding.

    Args:
        option: Name of the option.
        text: The text; None if it is not given.

    Raises:
        ValueError: If a byte of it could not be decoded.
    """
    bad = [mark for mark in text or "" if "\ud800" <= mark <= "\udfff"]
    if bad:
        raise ValueError(
            f"{option}: got {text!r}, in which {bad[0]!r} is no character; give UTF-8"
        )


def refuse_blank(option: str, text: str | None) -> None:
    """Refuse a text that is given and shows nothing.

    Args:
        option: Name of the option.
        text: The text; None if it is not given.

    Raises:
        ValueError: If it is empty or has invisible characters alone.
    """
    if text is not None and is_blank(text):
        raise ValueError(
            f"--{option}: got {text!r}; give words, or leave the option out"
        )


def check_given_sound(
    args: argparse.Namespace, source: str, spans: str, given: object
) -> None:
    """Refuse a task without its sound or spans, and options that it does not read.

    Args:
        args: Options of the command.
        source: Name of the option with the given sound.
        spans: Name of the option with the spans.
        given: Value of that option.

    Raises:
        ValueError: If one lacks the other, or an option has no use.
    """
    if bool(given) != (args.task == "inpainting"):
        raise ValueError(
            f"--task {args.task} with --{spans} {given}: inpainting needs --{spans}, "
            "and no other task has any"
        )
    if (getattr(args, source) is None) != (args.task == "text_to_audio"):
        lacks = getattr(args, source) is None
        raise ValueError(
            f"--task {args.task} "
            + (f"needs --{source}" if lacks else f"has no use for --{source}")
        )
    _refuse_unread(args)


def _refuse_unread(args: argparse.Namespace) -> None:
    """Refuse an option that is given and that the task does not read, see ``READS``."""
    for option in dict.fromkeys(sum(READS.values(), ())):
        value = getattr(args, option, None)
        if value is None or value is False or option in READS[args.task]:
            continue  # 0 is given
        word = f"--{option}" if value is True else f"--{option} {value}"
        readers = " or ".join(task for task, read in READS.items() if option in read)
        raise ValueError(
            f"--task {args.task} has no use for {word}; leave it out, or use --task "
            f"{readers}"
        )
