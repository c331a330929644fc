#!/usr/bin/env python3
"""Measure how much each metric changes when recordings are damaged in a known way.

    measure/measure_scores.py --reference dump/raw/test/wav.scp --output_dir damage

The script writes a damaged set of the recordings for each kind of damage: noise at
20 dB, a low-pass at 2 kHz, clipping, silence in the second half, a DC offset, and
sounds under wrong ids. It scores these sets under a protocol. A metric that does not
change does not measure this kind of damage.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from espnet2.gen_audio.bin.score import main as score
from espnet2.gen_audio.cli.command import one_line_errors, setup_logging
from espnet2.gen_audio.feats.sound_parts import read_part
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.kaldi.data_dir import sort_ids
from espnet2.gen_audio.metrics.evaluation.sound_set import read_wavs

NOISE_DB, CUT_HERTZ, GAIN, OFFSET = 20.0, 2000.0, 8.0, 0.1


def get_parser():
    """Return the parser of this command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--reference", type=Path, required=True, help="wav.scp of recordings")
    add("--protocol", default="offline", help="name of a file in conf/score, or a path")
    add("--num_threads", type=int, default=1, help="clips computed in parallel")
    add("--output_dir", type=Path, required=True, help="folder for sets and scores")
    return parser


def noisy(wave: np.ndarray, rate: int) -> np.ndarray:
    """Add white noise at a signal-to-noise ratio of 20 dB."""
    rng = np.random.default_rng(len(wave))
    level = np.sqrt(np.square(wave).mean()) * 10 ** (-NOISE_DB / 20)
    return wave + rng.normal(0, 1, len(wave)) * level


def low_pass(wave: np.ndarray, rate: int) -> np.ndarray:
    """Remove all frequencies above 2 kHz."""
    spectrum = np.fft.rfft(wave)
    spectrum[np.fft.rfftfreq(len(wave), 1 / rate) > CUT_HERTZ] = 0
    return np.fft.irfft(spectrum, len(wave))


def clipped(wave: np.ndarray, rate: int) -> np.ndarray:
    """Amplify the peak to eight times full scale, then clip to full scale."""
    return np.clip(wave / max(np.abs(wave).max(), 1e-9) * GAIN, -1, 1)


def half_silent(wave: np.ndarray, rate: int) -> np.ndarray:
    """Set the second half to zero."""
    return np.where(np.arange(len(wave)) < len(wave) // 2, wave, 0)


def offset(wave: np.ndarray, rate: int) -> np.ndarray:
    """Add a DC offset."""
    return wave + OFFSET


DAMAGES: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "noisy": noisy,
    "low_pass": low_pass,
    "clipped": clipped,
    "half_silent": half_silent,
    "offset": offset,
}


@one_line_errors()
def main(cmd=None):
    """Write the sets and score them."""
    args = get_parser().parse_args(cmd)
    setup_logging()
    wavs = read_wavs(args.reference)
    sets = [damaged(name, wavs, args.output_dir / name) for name in DAMAGES]
    ids = sort_ids(wavs)
    moved = ids[len(ids) // 2 :] + ids[: len(ids) // 2]  # every sound has a wrong id
    lines = [f"{clip} {wavs[other]}\n" for clip, other in zip(ids, moved)]
    write_text(args.output_dir / "wrong_ids/wav.scp", "".join(lines))
    sets.append(args.output_dir / "wrong_ids/wav.scp")
    words = ["--reference", str(args.reference), "--protocol", args.protocol]
    words += ["--output_dir", str(args.output_dir), "--num_threads"]
    score(["--generated", *map(str, sets), *words, str(args.num_threads)])


def damaged(name: str, wavs: dict[str, Path], folder: Path) -> Path:
    """Write one damaged set and return the path of its wav.scp."""
    import soundfile

    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for clip, path in wavs.items():
        sound = read_part(path)
        wave = DAMAGES[name](sound.wave, sound.rate)
        soundfile.write(folder / f"{clip}.wav", wave, sound.rate, subtype="FLOAT")
        lines.append(f"{clip} {folder / clip}.wav\n")
    write_text(folder / "wav.scp", "".join(lines))
    return folder / "wav.scp"


if __name__ == "__main__":
    main()
