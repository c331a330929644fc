"""Run public commands of the plugin, in this process or in one each.

Nothing else of the plugin is imported here or beside this file, so that the same files
run on any commit whose commands and options are the same.
"""

import contextlib
import gc
import importlib
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import torch

PACKAGE = "espnet2.gen_audio.bin"


class Commands:
    """Commands with one log and one number of threads.

    Args:
        log: File that gets what the commands print.
        threads: CPU threads of each.
        apart: Start a process for each command instead of calling its ``main``.

    Attributes:
        seconds: What each call took, by its title.
    """

    def __init__(self, log: Path, threads: int = 1, apart: bool = False):
        self.log, self.threads, self.apart = log, threads, apart
        self.seconds: dict[str, float] = {}

    def __call__(self, command: str, *words: object, title: str = "") -> None:
        """Run ``python -m espnet2.gen_audio.bin.COMMAND WORD...``.

        Args:
            command: Name of the command.
            *words: Its options.
            title: Key in ``seconds``; the command if empty.

        Raises:
            RuntimeError: If it fails; with the end of its output.
        """
        begin = time.monotonic()
        texts = [str(word) for word in words]
        with self.log.open("a") as log:
            print(f"== {command} {' '.join(texts)}", file=log, flush=True)
            run = self._in_process if not self.apart else self._apart
            failed = run(command, texts, log)
        if failed:
            end = self.log.read_text().splitlines()[-15:]
            raise RuntimeError(f"{command} failed, see {self.log}:\n" + "\n".join(end))
        title = title or command
        self.seconds[title] = self.seconds.get(title, 0.0) + time.monotonic() - begin

    def _apart(self, command: str, words: list[str], log: object) -> bool:
        call = [sys.executable, "-m", f"{PACKAGE}.{command}", *words]
        environment = os.environ | {"OMP_NUM_THREADS": str(self.threads)}
        done = subprocess.run(call, stdout=log, stderr=log, env=environment)
        return done.returncode != 0

    def _in_process(self, command: str, words: list[str], log: object) -> bool:
        with _printing_to(log), _threads(self.threads):
            try:
                importlib.import_module(f"{PACKAGE}.{command}").main(words)
            except SystemExit as stop:
                return stop.code not in (None, 0)
            finally:
                _freeze()
        return False


def _freeze() -> None:
    """Let the garbage collections of the next command pass over the libraries.

    They are many here. A command that ends such an exemption ends it for all objects.
    """
    gc.collect()
    gc.freeze()


@contextlib.contextmanager
def _threads(number: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextlib.contextmanager
def _printing_to(log: object) -> Iterator[None]:
    """Send output and log lines to a file; then restore the handlers of the caller."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    try:
        with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
            yield
    finally:
        root.handlers = handlers
        root.setLevel(level)
