"""From what was entered in the page to a sound, by the functions of the command."""

import argparse
import logging
import os
import shlex
import shutil
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import torch

from espnet2.gen_audio.cli.command import TRACE_VARIABLE, line_of
from espnet2.gen_audio.demo.command_words import entered_words, given_words
from espnet2.gen_audio.demo.fields import FIELDS, served_fields
from espnet2.gen_audio.demo.spectrogram import draw_spectrogram
from espnet2.gen_audio.generation_options.sampling_options import options_of
from espnet2.gen_audio.generation_options.single_request import (
    check,
    sounds_of,
    write,
)
from espnet2.gen_audio.pipeline.load.offers import refuse_unoffered
from espnet2.gen_audio.pipeline.text2audio import Text2Audio
from espnet2.gen_audio.sampling.guidance import passes_counted
from espnet2.gen_audio.sampling.sampler import Watch, steps_watched_by

OF_THE_PAGE = ("demo", "port", "output", "json", "all", "help")


@dataclass(frozen=True)
class Answer:
    """What the page shows for a request.

    Attributes:
        text: What the sound took and what the log warned of; or the line of a refusal.
        sound: File of the sound; None for a refusal.
        picture: File of its spectrogram; None for a refusal.
        command: Command line that makes the same sound; empty for a refusal.
    """

    text: str
    sound: Path | None = None
    picture: Path | None = None
    command: str = ""


class SoundMaker:
    """Makes the sounds of a page, one at a time, as the command makes them.

    Args:
        text2audio: The system.
        parser: Parser of the command.
        args: Options that were given with ``--demo``: the start of the fields, or, for
            options without a field, part of all requests.
        folder: Folder for the sounds.
    """

    def __init__(
        self,
        text2audio: Text2Audio,
        parser: argparse.ArgumentParser,
        args: argparse.Namespace,
        folder: Path,
    ):
        self.text2audio, self.parser, self.args = text2audio, parser, args
        self.folder = folder
        self.fields = served_fields(text2audio.system)
        own = [field.option for field in FIELDS]
        self.fixed = given_words(parser, args, (*own, *OF_THE_PAGE))
        self._one_at_a_time = threading.Lock()
        # a refusal of the parser would end the program
        parser.error = _refuse  # type: ignore[method-assign]

    def start_of(self, option: str) -> str | bool:
        """Return the entry with which a field starts.

        Args:
            option: Name of its option.

        Returns:
            What was given with ``--demo``, or the default of the command; empty if
            there is none.
        """
        value = getattr(self.args, option)
        if isinstance(value, bool):
            return value
        return "" if value is None else str(value)

    def answer(self, entries: Mapping[str, Any], watch: Watch | None = None) -> Answer:
        """Make the sound of what was entered, or say in one line why it cannot be.

        Args:
            entries: What was entered, by name of the option; a sound is a file.
            watch: Sees the solver steps, see ``steps_watched_by``.

        Returns:
            What the page shows.
        """
        with self._one_at_a_time:
            folder = Path(tempfile.mkdtemp(dir=self.folder))
            try:
                return self._made(entries, watch, folder / "sound.wav")
            except Exception as error:
                if os.environ.get(TRACE_VARIABLE) == "1":
                    traceback.print_exc()
                shutil.rmtree(folder)
                line, _ = line_of(error)
                return Answer(_with_names(f"error: {line}", entries))

    def _made(
        self, entries: Mapping[str, Any], watch: Watch | None, path: Path
    ) -> Answer:
        """Make a sound and its picture."""
        # entries come last: all words behind a -- are a prompt
        words = [*self.fixed, *entered_words(self.parser, self.fields, entries)]
        args = self.parser.parse_args([f"--output={path}", *words])
        check(args)
        options = options_of(args, args.seed)
        refuse_unoffered(options, self.args.model)
        # a thread of the server has a number of threads of its own
        torch.set_num_threads(args.num_threads)
        start = time.monotonic()
        with warnings_kept() as warned, passes_counted() as passes:
            with steps_watched_by(watch):
                sounds = sounds_of(args, self.text2audio, options)
            (written,) = write(args, self.text2audio.sample_rate, sounds)
        seconds = time.monotonic() - start
        best, picture = sounds[0], path.with_suffix(".png")
        draw_spectrogram(picture, best.wave, self.text2audio.sample_rate, best.seams)
        took = (
            f"{written['seconds']:g} s of sound, made in {seconds:.1f} s: "
            f"{options.scheduler}, {sum(passes)} passes of the diffusion model"
        )
        if written["clap"] is not None:
            took += f"; CLAP {written['clap']:.3f}"
        text = "\n".join([took, *(f"warning: {each}" for each in warned)])
        command = shlex.join(["espnet-gen-audio", "-o", "sound.wav", *words])
        return Answer(
            _with_names(text, entries), path, picture, _with_names(command, entries)
        )


@contextmanager
def warnings_kept() -> Iterator[list[str]]:
    """Keep what this thread's log warns of, which the command shows in the terminal.

    Yields:
        The messages so far.
    """
    kept: list[str] = []
    thread = threading.get_ident()

    class Keeper(logging.Handler):
        """Keeps the messages of one thread."""

        def emit(self, record: logging.LogRecord) -> None:
            """Keep a message.

            Args:
                record: The message.
            """
            if record.thread == thread:
                kept.append(" ".join(record.getMessage().split()))

    keeper = Keeper(logging.WARNING)
    logging.getLogger().addHandler(keeper)
    try:
        yield kept
    finally:
        logging.getLogger().removeHandler(keeper)


def _refuse(message: str) -> NoReturn:
    """Refuse in the place of ``ArgumentParser.error``."""
    raise ValueError(message)


def _with_names(text: str, entries: Mapping[str, Any]) -> str:
    """Replace the place of an uploaded file by its name."""
    source = entries.get("source")
    return text.replace(str(source), Path(source).name) if source else text
