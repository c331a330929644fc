"""Sinc interpolation between any two sampling rates, in bounded memory.

torchaudio's ``resample`` needs much memory for two reasons. First, it pads and copies
the whole sound, 34 bytes per sample; ``resample_in_pieces`` therefore resamples a long
sound in pieces. Second, its kernel (a sinc with a Hann window of 6 zero crossings)
holds every phase over a whole period of both rates, mostly zeros: 5 GB from 44101 to
16000 Hz. ``sinc_interpolate`` stores only the nonzero taps of each phase and computes
the same sum for any two rates.

Shapes: T samples, P phases, K taps of a phase.
"""

import math
from functools import lru_cache

import numpy as np
import torch

ZERO_CROSSINGS = 6  # torchaudio's lowpass_filter_width
ROLLOFF = 0.99  # cutoff frequency, relative to half the lower rate
_CHUNK = 1 << 21  # filter taps gathered at a time
_MARGIN = 64  # periods added to the context of a piece
_PIECE = 1 << 22  # samples of a long sound resampled at a time


def sinc_interpolate(wave: np.ndarray, rate: int, new_rate: int) -> np.ndarray:
    """Change the rate.

    Args:
        wave: Samples, (T,).
        rate: Their rate, in hertz.
        new_rate: Rate of the result, in hertz.

    Returns:
        Samples in float32, (ceil(T * new_rate / rate),).
    """
    common = math.gcd(rate, new_rate)
    old, new = rate // common, new_rate // common
    count = -(-len(wave) * new // old)
    kernels = _kernels(old, new)
    before = kernels.shape[1] // 2 - 1
    padded = np.pad(np.asarray(wave, np.float32), (before, before + 2))
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernels.shape[1])
    result = np.empty(count, dtype=np.float32)
    step = max(1, _CHUNK // kernels.shape[1])
    for first in range(0, count, step):
        index = np.arange(first, min(first + step, count), dtype=np.int64)
        result[index[0] : index[-1] + 1] = np.einsum(
            "tk,tk->t", windows[index * old // new], kernels[index % new]
        )
    return result


@lru_cache(maxsize=2)
def _kernels(old: int, new: int) -> np.ndarray:
    """Return the taps of each phase, (P, K): P = ``new``, K about 12 old / new."""
    lower = min(old, new) * ROLLOFF
    width = math.ceil(ZERO_CROSSINGS * old / lower)
    offsets = np.arange(-width, width + 2, dtype=np.float64)
    kernels = np.empty((new, len(offsets)), dtype=np.float32)
    step = max(1, _CHUNK // len(offsets))
    for first in range(0, new, step):
        phases = np.arange(first, min(first + step, new), dtype=np.int64) * old % new
        times = (offsets - phases[:, None] / new) * (lower / old)
        times = times.clip(-ZERO_CROSSINGS, ZERO_CROSSINGS)
        hann = np.cos(times * (math.pi / ZERO_CROSSINGS / 2)) ** 2
        kernels[first : first + step] = np.sinc(times) * hann * (lower / old)
    return kernels


def resample_in_pieces(wave: np.ndarray, rate: int, new_rate: int) -> np.ndarray:
    """Change the rate of a long sound with torchaudio.

    Args:
        wave: Samples in float32, (T,).
        rate: Their rate, in hertz.
        new_rate: Rate of the result, in hertz.

    Returns:
        torchaudio's result for the whole sound, up to rounding.
    """
    from torchaudio.functional import resample

    common = math.gcd(rate, new_rate)
    old, new = rate // common, new_rate // common
    # context of the filter on each side, in whole periods of both rates, plus a margin:
    # convolution sums its last outputs in a different order
    context = math.ceil(ZERO_CROSSINGS / (min(old, new) * ROLLOFF)) + _MARGIN
    step = max(1, _PIECE // old)
    # torchaudio rounds the length to float32 first
    result = np.empty(math.ceil(np.float32(new * len(wave) / old)), dtype=np.float32)
    for first in range(0, len(wave) // old + 1, step):
        begin = max(0, first - context)
        piece = torch.from_numpy(wave[begin * old : (first + step + context) * old])
        padded = torch.nn.functional.pad(piece, (0, context * old))
        part = resample(padded, rate, new_rate).numpy()[(first - begin) * new :]
        target = result[first * new : (first + step) * new]
        target[:] = part[: len(target)]
    return result
