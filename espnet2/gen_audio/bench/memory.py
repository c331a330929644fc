"""Peak memory of text to audio in a fresh process, loading included."""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from espnet2.gen_audio.bench.models import PROMPT
from espnet2.gen_audio.bench.parts import open_peer
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.text2audio import Text2Audio

# precision and low memory of every arm; the first is what the others are related to
ARMS = {
    "diffusers float32": ("peer", "float32", False),
    "diffusers bfloat16": ("peer", "bfloat16", False),
    "ours float32": ("ours", "float32", False),
    "ours bfloat16": ("ours", "bfloat16", False),
    "ours float32 low memory": ("ours", "float32", True),
    "ours bfloat16 low memory": ("ours", "bfloat16", True),
}


@dataclass(frozen=True)
class Peak:
    """What a process needed.

    Attributes:
        arm: A name in ARMS.
        gigabytes: Most memory that was resident at a time, in GiB.
    """

    arm: str
    gigabytes: float


def measure(arm: str, folders: tuple[Path, Path], threads: int, steps: int = 2) -> Peak:
    """Make a sound in a process of its own.

    Args:
        arm: A name in ARMS.
        folders: Of diffusers and ours.
        threads: CPU threads.
        steps: Solver steps; more need no more memory.

    Returns:
        The peak.

    Raises:
        RuntimeError: If the process fails.
    """
    command = [sys.executable, "-m", __name__, arm, *map(str, folders)]
    command += ["--threads", str(threads), "--steps", str(steps)]
    # the child tells its own peak: what the system counts for it includes ours
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the arm {arm!r} failed; see its message above")
    return Peak(arm, int(done.stdout.split()[-1]) / 2**20)


def own_peak() -> int:
    """Return the most memory that this process had resident, in KiB."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0])


def run(arm: str, folders: tuple[Path, Path], steps: int) -> int:
    """Load and make a sound.

    Args:
        arm: A name in ARMS.
        folders: Of diffusers and ours.
        steps: Solver steps.

    Returns:
        Samples that were made.
    """
    kind, dtype, low_memory = ARMS[arm]
    if kind == "peer":
        pipe = open_peer(folders[0], dtype, "cpu")
        with torch.inference_mode():
            made = pipe(PROMPT, num_inference_steps=steps, output_type="pt")
        return made.audios.shape[-1]
    system = Text2Audio.from_pretrained(folders[1], dtype=dtype, low_memory=low_memory)
    return len(system({"sound": PROMPT}, SamplingOptions(steps=steps))["sound"])


def main(cmd: Sequence[str] | None = None) -> None:
    """Run one arm; the parent process measures.

    Args:
        cmd: Arguments; those of the command line when absent.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("arm", choices=ARMS)
    parser.add_argument("folders", type=Path, nargs=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=2)
    args = parser.parse_args(cmd)
    torch.set_num_threads(args.threads)
    run(args.arm, tuple(args.folders), args.steps)
    print(own_peak())


if __name__ == "__main__":
    main()
