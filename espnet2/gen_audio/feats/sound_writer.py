"""Write 16-bit sound files atomically and without clipping.

Shapes: T samples.
"""

import io
import logging
from pathlib import Path

import numpy as np
import soundfile

from espnet2.gen_audio.files.atomic_file import atomic_path


def write_sound(path: Path, wave: np.ndarray, sample_rate: int) -> None:
    """Write 16-bit audio; a wave that would clip is scaled down, which is logged.

    A sample that was read from 16 bits is written back unchanged.

    Args:
        path: Ends in .wav or .flac.
        wave: Samples, (T,).
        sample_rate: In Hz.

    Raises:
        RuntimeError: If a sample is not finite.
    """
    peak = float(np.abs(wave).max())
    if not np.isfinite(peak):
        raise RuntimeError(
            f"{path}: the waveform is not finite; lower the guidance scale"
        )
    if peak > 1.0:
        logging.warning("%s: peak %.2f lowered to 1 to fit 16 bits", path.name, peak)
        wave = wave / peak
    # libsndfile divides by 32768 but multiplies by 32767, which would lose the last bit
    pcm = np.clip(np.rint(np.asarray(wave, np.float64) * 32768), -32768, 32767)
    store_sound(path, pcm.astype(np.int16), sample_rate)


def store_sound(path: Path, samples: np.ndarray, sample_rate: int) -> None:
    """Write 16-bit audio without scaling it, atomically.

    Args:
        path: Its suffix selects the format.
        samples: 16-bit numbers, or others within -1 to 1, (T,).
        sample_rate: In Hz.

    Raises:
        OSError: If the file cannot be written. The message names a full disk;
            libsndfile's own message would be 'System error'.
    """
    content = io.BytesIO()
    form = path.suffix.removeprefix(".")
    soundfile.write(content, samples, sample_rate, "PCM_16", format=form)
    with atomic_path(path, flush=False) as temporary:
        temporary.write_bytes(content.getvalue())
