"""Mel-cepstral distortion and log-F0 error of a clip against its recording, aligned.

Both are measured as the toolkit's scripts do (frames of 256 samples, F0 by Harvest
between 40 and 800 Hz, Euclidean time warping on the mel-cepstra, all coefficients),
from WORLD's spectral envelope, as its evaluate_f0.py takes it. Its evaluate_mcd.py
analyses each frame with SPTK instead, so compare distortions of one program only. The
warping here is exact where theirs is the approximation FastDTW, and spectra have a
floor: between digital silence and faint noise lie 60 dB that nobody hears, and clips
filled up with zeros hold more silence than speech.

Shapes: T samples, N and M frames, K bins, C coefficients.
Source: ESPnet, egs2/TEMPLATE/asr1/pyscripts/utils/evaluate_{mcd,f0}.py; Tokuda et al.,
Mel-generalized cepstral analysis (1994), frequency transform.
"""

import warnings
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from espnet2.gen_audio.metrics.card import Card
from espnet2.gen_audio.metrics.packaged_weights import require_library

MCD = Card(
    "mcd",
    "MCD, dB",
    "decibels after time warping",
    "lower",
    "10 / ln 10 sqrt(2 sum d^2), mean over the warping path",
)
LOG_F0_RMSE = Card(
    "log_f0_rmse",
    "log-F0 RMSE",
    "natural logarithm, frames voiced in both",
    "lower",
    "root mean square over the warping path of the mel-cepstra",
)
SHIFT, FFT = 256, 1024  # samples
F0_RANGE = (40.0, 800.0)  # Hz
FLOOR = 1e-6  # of the mean power of the loudest frame: 60 dB below it
# sample rate -> (highest coefficient, warping), as the toolkit chooses them
ANALYSIS = {
    16000: (23, 0.42),
    22050: (34, 0.45),
    24000: (34, 0.46),
    44100: (39, 0.53),
    48000: (39, 0.55),
}


@dataclass(frozen=True)
class SpeechFrames:
    """What is compared of a clip.

    Args:
        cepstra: Mel-cepstra, (N, C).
        f0: Fundamental frequency in hertz, 0 where unvoiced, (N,).
    """

    cepstra: np.ndarray
    f0: np.ndarray


@dataclass(frozen=True)
class SpeechDistance:
    """How far a clip is from its recording.

    Args:
        mcd: Mel-cepstral distortion in decibels.
        log_f0_rmse: Error of the logarithm of F0; NaN without frames voiced in both.
    """

    mcd: float
    log_f0_rmse: float


def speech_frames(wave: np.ndarray, rate: int) -> SpeechFrames:
    """Analyse a clip with WORLD.

    Args:
        wave: Samples, (T,).
        rate: Their rate in hertz.

    Returns:
        Mel-cepstra and F0.

    Raises:
        ValueError: If the toolkit has no analysis for the rate.
        RuntimeError: If pyworld is missing.
    """
    if rate not in ANALYSIS:
        raise ValueError(
            f"mel-cepstra of {rate} Hz: the rates are {', '.join(map(str, ANALYSIS))}; "
            "resample the clips"
        )
    require_library("pyworld", "mel-cepstral distortion and F0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks setuptools for its own version
        import pyworld

    wave = np.ascontiguousarray(wave, dtype=np.float64)
    low, high = F0_RANGE
    period = 1000 * SHIFT / rate
    f0, times = pyworld.harvest(wave, rate, low, high, period)
    power = pyworld.cheaptrick(wave, f0, times, rate, fft_size=FFT)
    power = np.maximum(power, FLOOR * power.mean(axis=1).max())
    return SpeechFrames(mel_cepstra(power, *ANALYSIS[rate]), f0)


def mel_cepstra(power: np.ndarray, order: int, alpha: float) -> np.ndarray:
    """Turn power spectra into mel-cepstra of the log amplitude.

    Args:
        power: Power spectra, (N, K).
        order: Highest coefficient.
        alpha: Warping of the frequency axis, in (-1, 1); 0 leaves it as it is.

    Returns:
        Coefficients, (N, order + 1).
    """
    cepstra = np.fft.irfft(np.log(power))[:, : power.shape[1]]
    cepstra[:, 0] /= 2  # of the power: twice the log amplitude
    cepstra[:, -1] /= 2  # half the sampling rate stands once in the spectrum
    return cepstra @ _frequency_transform(power.shape[1], order, alpha)


@lru_cache
def _frequency_transform(size: int, order: int, alpha: float) -> np.ndarray:
    """Return the matrix of the all-pass frequency transform, (size, order + 1)."""
    matrix = np.zeros((size, order + 1))
    # powers of the all-pass (z^-1 + alpha) / (1 + alpha z^-1), one a row
    row = np.zeros(order + 1)
    row[0] = 1
    for number in range(size):
        matrix[number] = row
        new = np.empty_like(row)
        new[0] = alpha * row[0]
        for m in range(1, order + 1):
            new[m] = row[m - 1] + alpha * (row[m] - new[m - 1])
        row = new
    return matrix


def warping_path(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Align two sequences so that the sum of their distances is least.

    Args:
        x: First sequence, (N, C).
        y: Second sequence, (M, C).

    Returns:
        Rows of x and rows of y along the path, from both beginnings to both ends.

    Raises:
        ValueError: If a sequence is empty.
    """
    if not len(x) or not len(y):
        raise ValueError(f"{len(x)} and {len(y)} frames cannot be aligned; both need 1")
    distance = np.sqrt(np.square(x[:, None] - y[None]).sum(-1)).tolist()
    infinity = float("inf")
    above = [0.0] + [infinity] * len(y)
    steps = []
    for costs in distance:
        row, step = [infinity], []
        for place, cost in enumerate(costs, 1):
            # on a tie the diagonal: equal sequences are aligned frame by frame
            best, move = min(
                (above[place - 1], 0), (above[place], 1), (row[place - 1], 2)
            )
            row.append(best + cost)
            step.append(move)
        steps.append(step)
        above = row
    i, j = len(x) - 1, len(y) - 1
    path = [(i, j)]
    while i or j:
        move = steps[i][j]
        i, j = i - (move != 2), j - (move != 1)
        path.append((i, j))
    rows = np.array(path[::-1])
    return rows[:, 0], rows[:, 1]


def speech_distance(clip: SpeechFrames, recording: SpeechFrames) -> SpeechDistance:
    """Measure how far a clip is from its recording.

    Args:
        clip: The clip.
        recording: What it is compared with, analysed at the same rate.

    Returns:
        Both distances, over the same path.
    """
    rows, others = warping_path(clip.cepstra, recording.cepstra)
    difference = clip.cepstra[rows] - recording.cepstra[others]
    mcd = 10 / np.log(10) * np.sqrt(2 * np.square(difference).sum(1)).mean()
    f0, other = clip.f0[rows], recording.f0[others]
    voiced = (f0 > 0) & (other > 0)
    if not voiced.any():
        return SpeechDistance(float(mcd), float("nan"))
    ratio = np.log(f0[voiced] / other[voiced])
    return SpeechDistance(float(mcd), float(np.sqrt(np.square(ratio).mean())))
