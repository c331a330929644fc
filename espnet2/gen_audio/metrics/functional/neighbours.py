"""Precision, recall, density and coverage of embeddings, by nearest neighbours.

The definitions are those of the package prdc, the reference implementation of the
second source, which holds whole matrices of distances. Here they are made in tiles.

Shapes: x generated (N, D), y recordings (M, D).
Source: arXiv:1904.06991 (precision, recall), arXiv:2002.09797 (density, coverage).
"""

import hashlib

import numpy as np

from espnet2.gen_audio.metrics.functional.vectors import (
    Vectors,
    blocks_of,
    require_alike,
)

NEAREST = 5  # number of neighbours in the experiments of both sources
NAMES = ("precision", "recall", "density", "coverage")
BLOCK = 1024  # rows and columns of a tile of distances
KEPT = 1000  # pairs of samples whose scores are cached for the four metrics
_computed: dict[str, dict[str, float]] = {}


def neighbour_scores(x: Vectors, y: Vectors) -> dict[str, float]:
    """Return all four scores.

    Args:
        x: Generated clips, (N, D).
        y: Recordings, (M, D).

    Returns:
        Score by name: ``precision`` (generated clips within the recordings' manifold),
        ``recall`` (recordings within the generated clips' manifold), ``density`` and
        ``coverage`` (their forms that outliers disturb less).
    """
    require_alike(x, y, fewest=NEAREST + 2)
    key = _digest(x, y)
    if key not in _computed:
        while len(_computed) >= KEPT:
            del _computed[next(iter(_computed))]
        _computed[key] = _all_four(x, y)
    return dict(_computed[key])


def _all_four(x: Vectors, y: Vectors) -> dict[str, float]:
    x_radii, y_radii = _radii(x), _radii(y)
    precise = np.zeros(len(x), dtype=bool)
    recalled, covered = np.zeros((2, len(y)), dtype=bool)
    inside = 0
    for rows, recordings in blocks_of(y, BLOCK):
        for columns, clips in blocks_of(x, BLOCK):
            distances = _distances(recordings, clips)
            near = distances < y_radii[rows, None]
            inside += int(near.sum())
            precise[columns] |= near.any(axis=0)
            covered[rows] |= near.any(axis=1)
            recalled[rows] |= (distances < x_radii[columns]).any(axis=1)
    density = inside / (NEAREST * len(x))
    found = (precise.mean(), recalled.mean(), density, covered.mean())
    return dict(zip(NAMES, map(float, found)))


def _radii(vectors: Vectors) -> np.ndarray:
    """Return the distance of each vector to its ``NEAREST``-th neighbour, (N,)."""
    radii = np.empty(len(vectors))
    for rows, block in blocks_of(vectors, BLOCK):
        nearest = np.empty((len(block), 0))
        for columns, others in blocks_of(vectors, BLOCK):
            distances = _distances(block, others)
            if rows == columns:
                np.fill_diagonal(distances, 0)  # each vector is nearest to itself
            distances = np.hstack([nearest, distances])
            last = min(NEAREST, distances.shape[1] - 1)
            nearest = np.partition(distances, last, axis=1)[:, : last + 1]
        radii[rows] = nearest.max(axis=1)
    return radii


def _distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the distances of all pairs as scikit-learn computes them, (n, m)."""
    squares = -2 * (a @ b.T)
    squares += np.square(a).sum(1)[:, None]
    squares += np.square(b).sum(1)
    return np.sqrt(np.maximum(squares, 0, out=squares), out=squares)


def _digest(*samples: Vectors) -> str:
    digest = hashlib.sha256()
    for sample in samples:
        digest.update(repr(sample.shape).encode())
        for _, block in blocks_of(sample):
            digest.update(block.tobytes())
    return digest.hexdigest()
