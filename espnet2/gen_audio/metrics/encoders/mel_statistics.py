"""A fixed-length description of a log-mel spectrogram, of any length in time.

YAMNet alone distinguishes short percussive sounds too poorly; the classifier probe uses
these numbers in addition to its embedding.
Shapes: frames by n_mels in, 3 * n_mels + ENVELOPE + 1 out.
"""

import numpy as np

ENVELOPE = 16  # points of the energy envelope
ACTIVE_RANGE = 4.0  # natural-log units below the loudest frame: about 35 dB


def statistics_size(n_mels: int) -> int:
    """Return the length of the description for a number of mel bands."""
    return 3 * n_mels + ENVELOPE + 1


def mel_statistics(log_mel: np.ndarray) -> np.ndarray:
    """Describe a clip by the statistics of its log-mel spectrogram.

    Args:
        log_mel: Natural logarithm of the mel magnitudes, (frames, n_mels), at least
            16 frames.

    Returns:
        Per band the mean, the standard deviation and the mean absolute change from
        frame to frame; the mean level of 16 equal parts of the clip; and the fraction
        of frames within 35 dB of the loudest; (3 * n_mels + 17,).

    Raises:
        ValueError: If there are too few frames or a number is not finite.
    """
    log_mel = np.asarray(log_mel, dtype=np.float64)
    bad = int((~np.isfinite(log_mel)).sum())
    if log_mel.ndim != 2 or len(log_mel) < ENVELOPE or bad:
        raise ValueError(
            f"a log-mel of shape {log_mel.shape} with {bad} numbers that are NaN or "
            f"infinite is given; a finite one of (frames, n_mels), {ENVELOPE} frames "
            "or more, is needed: check the clip"
        )
    level = log_mel.mean(axis=1)
    envelope = [part.mean() for part in np.array_split(level, ENVELOPE)]
    active = np.mean(level > level.max() - ACTIVE_RANGE)
    per_band = (
        log_mel.mean(axis=0),
        log_mel.std(axis=0),
        np.abs(np.diff(log_mel, axis=0)).mean(axis=0),
    )
    return np.concatenate([*per_band, envelope, [active]])
