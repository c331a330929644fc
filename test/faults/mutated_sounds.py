"""Format thousands of damaged sound files and report what goes wrong.

    python test/faults/mutated_sounds.py --count 5000

Small wav, flac, ogg and mp3 files are damaged at random: bytes changed, numbers of the
header replaced by extreme ones, parts removed, repeated or inserted. Each goes through
format_audio and check_data in a process with bounds on memory and time. A file may be
used or be left out with a reason; a traceback, a crash, a file that takes more than 10
seconds or a process above 1 GB is a fault, and the command ends with status 1.
"""

import argparse
import logging
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

RATE = 16000
FORMATS = ("wav", "flac", "ogg", "mp3")
SECONDS_PER_FILE = 10
MEMORY = 1 << 30  # bytes, of the whole process
USED = "used"
_EXTREMES = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def originals(folder: Path) -> list[bytes]:
    """Write half a second of sound in each format and return the files' contents."""
    import soundfile

    rng = np.random.default_rng(0)
    time_axis = np.arange(RATE // 2) / RATE
    sound = 0.3 * np.sin(2 * np.pi * 440 * time_axis) + 0.05 * rng.standard_normal(
        RATE // 2
    )
    contents = []
    for name in FORMATS:
        path = folder / f"original.{name}"
        soundfile.write(path, sound, RATE)
        contents.append(path.read_bytes())
    return contents


def mutate(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a damaged copy of a file.

    Args:
        content: The whole file.
        rng: Where and how it is damaged.

    Returns:
        Another content, rarely the same.
    """
    damaged = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        # half of the damage falls on the header, where numbers are
        end = len(damaged) if rng.random() < 0.5 else min(len(damaged), 128)
        start = int(rng.integers(0, max(1, end)))
        length = int(rng.integers(1, 2 ** rng.integers(1, 12)))
        match rng.integers(0, 7):
            case 0:
                damaged[start : start + 1] = bytes([rng.integers(0, 256)])
            case 1:
                order = ("little", "big")[rng.integers(0, 2)]
                number = _EXTREMES[rng.integers(0, len(_EXTREMES))]
                damaged[start : start + 4] = number.to_bytes(4, order)
            case 2:
                del damaged[start : start + length]
            case 3:
                damaged[start:start] = rng.bytes(length)
            case 4:
                damaged[start : start + length] = bytes(length)
            case 5:
                damaged[start:start] = damaged[start : start + length]
            case 6:
                del damaged[start:]
    return bytes(damaged)


def verdict(path: Path, folder: Path) -> str:
    """Format one file as stages 2 and 3 do.

    Args:
        path: The damaged file.
        folder: Where the formatted sound goes.

    Returns:
        ``USED``, or the class of the reason why the file is left out.
    """
    from espnet2.gen_audio.bin.check_data import find_fault
    from espnet2.gen_audio.bin.format_audio import ClipFormatter, format_folder
    from espnet2.gen_audio.kaldi.data_dir import DataFolder

    formatter = ClipFormatter(folder, RATE, "flac", seed=0)
    data = DataFolder({"wav.scp": {"x": str(path)}})
    written, rejects = format_folder(data, ["x"], {"x": []}, formatter)
    reason = rejects[0].reason if rejects else None
    if reason is None:
        columns = (written.column(name)["x"] for name in ("wav.scp", "utt2num_samples"))
        clip, samples = columns
        reason = find_fault(clip, 0.0, None, samples)
    return USED if reason is None else re.split("[:;]", reason)[0]


def work(first: int, count: int, seed: int, folder: Path) -> None:
    """Give a verdict on files ``first`` to ``count``, a line for each, in this process.

    Args:
        first: Number of the first file.
        count: Number behind the last file.
        seed: Seed of the damage.
        folder: For the files.
    """
    contents = originals(folder)
    verdict(folder / "original.wav", folder)  # what is imported late is there now
    status = Path("/proc/self/statm").read_text().split()
    virtual = int(status[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (virtual + MEMORY,) * 2)
    for number in range(first, count):
        path = folder / f"damaged.{FORMATS[number % len(FORMATS)]}"
        rng = np.random.default_rng([seed, number])
        path.write_bytes(mutate(contents[number % len(FORMATS)], rng))
        print(number, flush=True)  # a crash leaves this as the last line
        signal.alarm(SECONDS_PER_FILE)  # its default action ends C code as well
        began = time.monotonic()
        word = verdict(path, folder)
        signal.alarm(0)
        peak = peak_bytes()
        print(number, f"{time.monotonic() - began:.3f}", peak, word, flush=True)


def peak_bytes() -> int:
    """Return the most memory that this program held at once.

    Not ``ru_maxrss``: a process inherits that of the one that started it.
    """
    status = Path("/proc/self/status").read_text("utf-8")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


def run(count: int, seed: int) -> tuple[Counter[str], list[str], float, int]:
    """Give a verdict on all files, in one process after another.

    Args:
        count: How many files.
        seed: Seed of the damage.

    Returns:
        How often each verdict fell, the faults, the seconds that the slowest file took,
        and the most memory of a process in bytes.

    Raises:
        RuntimeError: If a process ends before its first file.
    """
    verdicts: Counter[str] = Counter()
    faults: list[str] = []
    slowest, most, first = 0.0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        while first < count:
            numbers = [f"--first={first}", f"--count={count}", f"--seed={seed}"]
            command = [sys.executable, __file__, *numbers, f"--work_in={folder}"]
            ended = subprocess.run(command, capture_output=True, text=True)
            if not ended.stdout:
                raise RuntimeError(f"no file was looked at: {ended.stderr}")
            last = first
            for line in ended.stdout.splitlines():
                number, *measured = line.split(maxsplit=3)
                last = int(number)
                if measured:
                    verdicts[measured[2]] += 1
                    slowest = max(slowest, float(measured[0]))
                    most = max(most, int(measured[1]))
            if ended.returncode:
                why = (ended.stderr.strip().splitlines() or [""])[-1]
                faults.append(f"file {last}: status {ended.returncode}: {why}")
            first = last + 1
    return verdicts, faults, slowest, most


def get_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=5000, help="files in all")
    parser.add_argument("--seed", type=int, default=0, help="of the damage")
    parser.add_argument("--first", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--work_in", type=Path, help=argparse.SUPPRESS)
    return parser


def main(cmd: Sequence[str] | None = None) -> None:
    """Run the command.

    Args:
        cmd: Arguments; None takes those of the process.

    Raises:
        SystemExit: With status 1 if there is a fault.
    """
    args = get_parser().parse_args(cmd)
    logging.basicConfig(level=logging.ERROR)
    if args.work_in is not None:
        work(args.first, args.count, args.seed, args.work_in)
        return
    verdicts, faults, slowest, most = run(args.count, args.seed)
    for word, number in verdicts.most_common():
        print(f"{number:6d}  {word}")
    print(f"slowest file {slowest:.2f} s, most memory {most / 2**20:.0f} MB")
    if most > MEMORY:
        faults.append(f"a process took {most / 2**20:.0f} MB")
    for fault in faults:
        print(f"FAULT {fault}")
    if faults:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
