"""Mel-cepstral distortion and log-F0 error of a clip against its recording, aligned.

Frames are aligned by dynamic time warping with the Euclidean distance of all
mel-cepstral coefficients, as in ESPnet's evaluate_mcd.py and evaluate_f0.py. The
warping here is exact; these scripts use the approximation FastDTW.

Shapes: N and M frames, K bins, C coefficients.
Source: ESPnet, egs2/TEMPLATE/asr1/pyscripts/utils/evaluate_{mcd,f0}.py; Tokuda et al.,
Mel-generalized cepstral analysis (1994), frequency transform.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

# the diagonal step comes first, so that equal sequences are aligned frame by frame
STEPS = ((1, 1), (1, 0), (0, 1))


@dataclass(frozen=True)
class SpeechFrames:
    """The features of a clip that are compared.

    Args:
        cepstra: Mel-cepstra, (N, C).
        f0: Fundamental frequency in hertz, 0 where unvoiced, (N,).
    """

    cepstra: np.ndarray
    f0: np.ndarray


@dataclass(frozen=True)
class SpeechDistance:
    """The distances between a clip and its recording.

    Args:
        mcd: Mel-cepstral distortion in decibels.
        log_f0_rmse: Error of the logarithm of F0; NaN without frames voiced in both.
    """

    mcd: float
    log_f0_rmse: float


def mel_cepstra(power: np.ndarray, order: int, alpha: float) -> np.ndarray:
    """Compute mel-cepstra of the log amplitude from power spectra.

    Args:
        power: Power spectra, (N, K).
        order: Highest coefficient.
        alpha: Warping of the frequency axis, in (-1, 1); 0 means no warping.

    Returns:
        Coefficients, (N, order + 1).
    """
    cepstra = np.fft.irfft(np.log(power))[:, : power.shape[1]]
    cepstra[:, 0] /= 2  # log power is twice the log amplitude
    cepstra[:, -1] /= 2  # the last bin occurs once in the full spectrum
    return cepstra @ _frequency_transform(power.shape[1], order, alpha)


@lru_cache
def _frequency_transform(size: int, order: int, alpha: float) -> np.ndarray:
    """Return the matrix of the all-pass frequency transform, (size, order + 1)."""
    from scipy.signal import lfilter

    powers = np.zeros((size, order + 1))
    powers[0, 0] = 1
    for number in range(1, size):
        # powers of the all-pass (z^-1 + alpha) / (1 + alpha z^-1), one per row
        powers[number] = lfilter([alpha, 1], [1, alpha], powers[number - 1])
    return powers


def warping_path(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Align two sequences with the smallest sum of distances.

    Args:
        x: First sequence, (N, C).
        y: Second sequence, (M, C).

    Returns:
        Rows of x and rows of y along the path, from the first rows to the last rows.

    Raises:
        ValueError: If a sequence is empty.
    """
    if not len(x) or not len(y):
        raise ValueError(
            f"{len(x)} and {len(y)} frames cannot be aligned; both need at least 1"
        )
    from librosa.sequence import dtw  # a slow import, for speech only

    distance = np.sqrt(np.square(x[:, None] - y[None]).sum(-1))
    _, path = dtw(C=distance, step_sizes_sigma=np.array(STEPS))
    return path[::-1, 0], path[::-1, 1]


def speech_distance(clip: SpeechFrames, recording: SpeechFrames) -> SpeechDistance:
    """Compute the distances between a clip and its recording.

    Args:
        clip: The clip.
        recording: The recording, analysed at the same rate.

    Returns:
        Both distances, over one warping path.
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
