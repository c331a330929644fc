"""Baselines without a generator: the nearest training recording, and noise.

The first baseline returns the training recording with the nearest caption. A generator
that only memorises its training set could do no better. The second, noise, is the lower
bound.

Shapes: N test captions, M training captions, D numbers of the sentence encoder.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from espnet2.gen_audio.feats.waveform import normalise_peak


def nearest_captions(
    test: Mapping[str, np.ndarray], train: Mapping[str, np.ndarray]
) -> dict[str, str]:
    """Find the training clip whose caption is nearest to each test caption.

    Args:
        test: Sentence vector of each test id, (D,) or (1, D).
        train: Sentence vector of each training id, (D,) or (1, D).

    Returns:
        The training id with the largest cosine for each test id; among equal captions,
        the first id.

    Raises:
        ValueError: If either is empty or a vector is zero or not finite.
    """
    if not test or not train:
        raise ValueError(
            f"{len(test)} test and {len(train)} training captions have sentence "
            "vectors and at least one of each is needed; dump the sentence condition "
            "of both sets"
        )
    train_ids = list(train)
    similarity = _unit_rows(test) @ _unit_rows(train).T  # (N, M)
    # without rounding, float errors would decide between equal captions
    best = np.round(similarity, 6).argmax(axis=1)
    return {clip: train_ids[row] for clip, row in zip(test, best)}


def white_noise(
    ids: Iterable[str], samples: int, seed: int
) -> Mapping[str, np.ndarray]:
    """Return Gaussian noise for each id, at the level of all clips.

    Args:
        ids: Test ids.
        samples: Length of a clip.
        seed: Seed; the noise of an id does not depend on the order of the ids.

    Returns:
        A waveform of each id, (samples,), made each time that it is looked up.
    """
    return _Noise(list(ids), samples, seed)


class _Noise(Mapping[str, np.ndarray]):
    """Noise by id; the waveforms of a large set would not fit into memory."""

    def __init__(self, ids: list[str], samples: int, seed: int):
        self._ids = dict.fromkeys(ids)
        self._samples, self._seed = samples, seed

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __getitem__(self, clip: str) -> np.ndarray:
        if clip not in self._ids:
            raise KeyError(clip)
        rng = np.random.default_rng(zlib.crc32(f"{self._seed}/{clip}".encode()))
        return normalise_peak(rng.standard_normal(self._samples))


def _unit_rows(vectors: Mapping[str, np.ndarray]) -> np.ndarray:
    rows = np.stack([np.ravel(v).astype(np.float64) for v in vectors.values()])
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.isfinite(norms).all() or not norms.all():
        bad = list(vectors)[int(np.argmin(np.where(np.isfinite(norms), norms, 0)))]
        raise ValueError(
            f"the sentence vector of {bad} is zero or not finite; dump it again"
        )
    return rows / norms
