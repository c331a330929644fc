"""A command of the recipe whose processes can be killed all at once."""

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from espnet2.gen_audio.kaldi.lifetime import death_with_parent

LONGEST = 3600  # seconds that a run may take to reach a stage, and to end
_STAGE = re.compile(r"Stage (\d+)/\d+ (\w+): (started|ended|skipped)")
_STEP = re.compile(r"INFO: ([\w.]+: (?:started|done|up to date))")
_RESUMED = re.compile(r"(?:INFO|WARNING): (.*(?:resum|restor|instead).*)")


class Run:
    """A started command whose process group can be killed as a whole.

    Args:
        words: The command.
        folder: Working directory.
        log: File that gets all output.

    Attributes:
        lines: Output so far.
        durations: Seconds of each stage that has ended, by its number.
    """

    def __init__(self, words: Sequence[str], folder: Path, log: Path):
        self.lines: list[str] = []
        self.durations: dict[int, float] = {}
        self._begun: dict[int, float] = {}
        self._log = log
        self._changed = threading.Condition()
        self._ended = False
        # a session of its own: its group holds what the command starts, nothing else
        self._process = subprocess.Popen(
            words,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=death_with_parent(),  # should this process be killed
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for_stage(self, stage: int, timeout: float = LONGEST) -> bool:
        """Wait until a stage begins.

        Args:
            stage: Its number.
            timeout: Seconds to wait.

        Returns:
            Whether it has begun; not if the command ended before, or took too long.
        """
        with self._changed:
            self._changed.wait_for(lambda: stage in self._begun or self._ended, timeout)
        return stage in self._begun

    def kill_after(self, seconds: float) -> bool:
        """Kill all processes of the command.

        Args:
            seconds: When, from now on.

        Returns:
            Whether it was still running.
        """
        try:
            self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._reader.join()  # ends when no process has the output open any more
            return True
        self._reader.join()
        return False

    def wait(self, timeout: float = LONGEST) -> int:
        """Wait until the command ends; kill it if that takes too long.

        Args:
            timeout: Seconds to wait.

        Returns:
            Its exit status, negative if it had to be killed.
        """
        self.kill_after(timeout)
        return self._process.returncode

    def place(self) -> tuple[str, str]:
        """Return the stage that runs, as number and name, and the last step begun."""
        stages = [found for found in map(_STAGE.search, self.lines) if found]
        steps = [found[1] for found in map(_STEP.search, self.lines) if found]
        stage = f"{stages[-1][1]} {stages[-1][2]}" if stages else "0 set-up"
        return stage, steps[-1] if steps else ""

    def words_on(self, stage: str) -> str:
        """Return what the output says about a stage.

        Args:
            stage: Number and name, as ``place`` returns them.

        Returns:
            Steps that were found up to date are counted, others named.
        """
        said: list[str] = []
        inside = False
        for line in self.lines:
            found = _STAGE.search(line)
            if found:
                inside = f"{found[1]} {found[2]}" == stage
            elif inside and (step := _STEP.search(line) or _RESUMED.search(line)):
                said.append(step[1])
        done = [line for line in said if line.endswith("up to date")]
        others = [line for line in said if line not in done]
        return "; ".join([f"{len(done)} up to date"] * bool(done) + others)

    def _read(self) -> None:
        with self._log.open("w", encoding="utf-8") as log:
            for line in self._process.stdout:
                log.write(line)
                log.flush()
                self._take(line.rstrip("\n"))
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _take(self, line: str) -> None:
        found = _STAGE.search(line)
        with self._changed:
            self.lines.append(line)
            if found and found[3] == "started":
                self._begun[int(found[1])] = time.monotonic()
            elif found and found[3] == "ended":
                number = int(found[1])
                self.durations[number] = time.monotonic() - self._begun[number]
            self._changed.notify_all()
