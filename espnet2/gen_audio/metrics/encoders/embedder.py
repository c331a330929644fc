"""Interface of the sound embeddings, so that metrics do not depend on one of them.

Shapes: T samples, N frames of the embedding, D its size.
"""

from typing import Protocol

import numpy as np


class Embedder(Protocol):
    """Turns a waveform into a few vectors that describe its content.

    Attributes:
        name: Short name with the package and its version.
        version: Digest of the weights; scores of two versions must not be compared.
        rate: Sample rate that the network was trained at, in hertz.
        size: Size D of a vector.
    """

    name: str
    version: str
    rate: int
    size: int

    def __call__(self, wave: np.ndarray, rate: int) -> np.ndarray:
        """Return the vectors of one clip.

        Args:
            wave: Mono samples within +-1, (T,).
            rate: Their sample rate, in hertz; another rate is resampled.

        Returns:
            One vector per frame, in order of time, (N, D).
        """
        ...


def clip_mean(frames: np.ndarray) -> np.ndarray:
    """Return one vector for the clip: the mean over its frames.

    Distances between sets of clips use this mean rather than the frames, because
    intervals need independent vectors, and the frames of one clip are not independent.

    Args:
        frames: Vectors of one clip, (N, D).

    Returns:
        Their mean, float64, (D,).

    Raises:
        ValueError: If there is no frame, or a vector is not finite.
    """
    frames = np.asarray(frames, dtype=np.float64)
    bad = int((~np.isfinite(frames)).sum())
    if frames.ndim != 2 or not len(frames) or bad:
        raise ValueError(
            f"an embedding of shape {frames.shape} with {bad} numbers that are NaN or "
            "infinite is given; (frames, size) with finite numbers only and at least "
            "one frame is needed: look for silence or NaN in the clip"
        )
    return frames.mean(axis=0)
