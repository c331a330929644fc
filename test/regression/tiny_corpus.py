"""A corpus of six short sounds, made from formulas, in Kaldi's form."""

from pathlib import Path

import numpy as np
import soundfile

RATE = 16000
CAPTIONS = {
    "clip0": "a low hum",
    "clip1": "rain falls on a roof",
    "clip2": "a dog barks",
    "clip3": "wind",
    "clip4": "a bell rings twice in the rain",
    "clip5": "low wind and a dog",
}
TRANSCRIPTS = {
    "clip0": "hello",
    "clip1": "a bad ace",
    "clip2": "had a bell",
    "clip3": "deal",
    "clip4": "hide a cola in a lane",
    "clip5": "no echo",
}


def sound(number: int) -> np.ndarray:
    """Return a sound: a gliding tone with a partial, and noise that comes and goes.

    Args:
        number: Which one; decides length, pitch, tempo and noise.

    Returns:
        16-bit samples.
    """
    length = 9000 + 1100 * number
    time = np.arange(length) / RATE
    pitch = 150.0 + 230.0 * number
    phase = 2 * np.pi * (pitch * time + 60.0 * (number - 2) * time**2)
    tone = 0.35 * np.sin(phase) + 0.15 * np.sin(3.1 * phase)
    noise = np.random.RandomState(number).uniform(-0.3, 0.3, length)
    level = 0.5 + 0.5 * np.sin(2 * np.pi * (1.5 + number) * time + number)
    return np.rint(32767 * (tone + noise * level)).astype(np.int16)


def write_corpus(folder: Path) -> None:
    """Write sounds and the files of a data folder.

    Args:
        folder: Gets ``wav.scp``, ``text``, ``transcript``, ``utt2num_samples``.
    """
    folder.mkdir(parents=True)
    lines = {"wav.scp": {}, "utt2num_samples": {}}
    for number, name in enumerate(CAPTIONS):
        samples = sound(number)
        path = folder / f"{name}.wav"
        soundfile.write(path, samples, RATE, "PCM_16")
        lines["wav.scp"][name] = path
        lines["utt2num_samples"][name] = len(samples)
    lines |= {"text": CAPTIONS, "transcript": TRANSCRIPTS}
    for name, table in lines.items():
        write_table(folder / name, table)


def write_table(path: Path, table: dict[str, object], behind_id: str = " ") -> Path:
    """Write '<id> <value>' lines.

    Args:
        path: File to write.
        table: Values by id.
        behind_id: A tab where an id could be taken for a word of a caption.

    Returns:
        The file.
    """
    path.write_text(
        "".join(f"{key}{behind_id}{value}\n" for key, value in table.items())
    )
    return path
