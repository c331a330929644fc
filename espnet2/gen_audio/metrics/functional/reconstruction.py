"""How well a sound was reconstructed: distance of STFTs, and SI-SDR.

Shapes: T samples, a clip and its recording of equal length.
Source: multi-resolution STFT, arXiv:1910.11480, eqs. 3 to 6; SI-SDR, arXiv:1811.02508,
by the package torchmetrics.
"""

import numpy as np
import torch

RESOLUTIONS = ((512, 128), (1024, 256), (2048, 512))  # window and hop, samples
_FLOOR = 1e-7


def stft_distance(wave: np.ndarray, original: np.ndarray) -> float:
    """Return spectral convergence plus log-magnitude L1, averaged over resolutions.

    Args:
        wave: Samples of the clip, (T,).
        original: Samples of the recording, (T,).

    Returns:
        The distance, 0 for equal sounds.
    """
    x, y = _pair(wave, original)
    return float(np.mean([_one_resolution(x, y, *size) for size in RESOLUTIONS]))


def si_sdr(wave: np.ndarray, original: np.ndarray) -> float:
    """Return the scale-invariant signal-to-distortion ratio in dB.

    Args:
        wave: Samples of the clip, (T,).
        original: Samples of the recording, (T,).

    Returns:
        The ratio; means are kept, as VERSA keeps them.
    """
    from torchmetrics.functional.audio import (
        scale_invariant_signal_distortion_ratio as ratio,
    )

    return float(ratio(*_pair(wave, original), zero_mean=False))


def _pair(wave: np.ndarray, original: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Return both sounds in double precision, refused unless they are equally long."""
    if np.shape(wave) != np.shape(original) or np.ndim(wave) != 1:
        raise ValueError(
            f"sounds of shape {np.shape(wave)} and {np.shape(original)} are not a pair;"
            " cut or pad both to one length"
        )
    return tuple(torch.as_tensor(np.asarray(one, float)) for one in (wave, original))


def _one_resolution(x: torch.Tensor, y: torch.Tensor, window: int, hop: int) -> float:
    """Return both terms for one window."""
    hann = torch.hann_window(window, dtype=x.dtype)
    short = max(0, window - len(x))
    x, y = (
        torch.stft(
            torch.nn.functional.pad(wave, (0, short)),
            window,
            hop,
            window=hann,
            pad_mode="constant",
            return_complex=True,
        )
        .abs()
        .clamp_min(_FLOOR)
        for wave in (x, y)
    )
    return float((x - y).norm() / y.norm() + (x.log() - y.log()).abs().mean())
