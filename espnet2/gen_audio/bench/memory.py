"""Peak memory of text to audio in a new process, including loading."""

import argparse
import logging
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from espnet2.gen_audio.bench.prompts import PROMPT

# system, precision, low memory; ratios are relative to the first
SYSTEMS = {
    "diffusers_float32": ("baseline", "float32", False),
    "diffusers_bfloat16": ("baseline", "bfloat16", False),
    "ours_float32": ("ours", "float32", False),
    "ours_bfloat16": ("ours", "bfloat16", False),
    "ours_float32_low_memory": ("ours", "float32", True),
    "ours_bfloat16_low_memory": ("ours", "bfloat16", True),
}
STEPS = 2  # solver steps; the peak does not depend on their number


@dataclass(frozen=True)
class Peak:
    """Peak memory of a process.

    Attributes:
        system: A name in SYSTEMS.
        gigabytes: Peak of resident memory, in GiB.
    """

    system: str
    gigabytes: float


def measure(system: str, folders: tuple[Path, Path], threads: int) -> Peak:
    """Generate a sound in a new process.

    Args:
        system: A name in SYSTEMS.
        folders: Folder of diffusers and ours.
        threads: CPU threads.

    Returns:
        The peak.

    Raises:
        RuntimeError: If the process fails.
    """
    command = [sys.executable, "-m", __name__, system, *map(str, folders)]
    command += ["--threads", str(threads)]
    # the child reports its peak: the system's figure for it includes the parent's
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise RuntimeError(
            f"the process of {system} ended with {done.returncode}: {last}; run "
            f"{' '.join(command[1:])} to see all of it"
        )
    peak = Peak(system, int(done.stdout.split()[-1]) / 2**20)
    logging.info("%s: at most %.2f GiB", system, peak.gigabytes)
    return peak


def own_peak() -> int:
    """Return the peak of this process's resident memory, in KiB."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0])


def make_sound(system: str, folders: tuple[Path, Path]) -> int:
    """Load a system and generate a sound; import only what the system needs.

    Args:
        system: A name in SYSTEMS.
        folders: Folder of diffusers and ours.

    Returns:
        Number of generated samples.
    """
    whose, dtype, low_memory = SYSTEMS[system]
    if whose == "baseline":
        from diffusers import AudioLDM2Pipeline

        number = getattr(torch, dtype)
        pipe = AudioLDM2Pipeline.from_pretrained(folders[0], torch_dtype=number)
        made = pipe(PROMPT, num_inference_steps=STEPS, output_type="pt")
        return made.audios.shape[-1]
    from espnet2.gen_audio.pipeline.options import SamplingOptions
    from espnet2.gen_audio.pipeline.text2audio import Text2Audio

    ours = Text2Audio.from_pretrained(folders[1], dtype=dtype, low_memory=low_memory)
    options = SamplingOptions(steps=STEPS)
    return len(ours({"sound": PROMPT}, options, candidates=1)["sound"])


def main(cmd: Sequence[str] | None = None) -> None:
    """Generate a sound with one system and print the peak for the parent process.

    Args:
        cmd: Arguments; default: those of the command line.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("system", choices=SYSTEMS)
    parser.add_argument("folders", type=Path, nargs=2)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args(cmd)
    torch.set_num_threads(args.threads)
    make_sound(args.system, tuple(args.folders))
    sys.stdout.write(f"{own_peak()}\n")


if __name__ == "__main__":
    main()
