"""Precision, recall, density and coverage of embeddings, by nearest neighbours.

Computed by the package prdc, the reference implementation of the second source.

Shapes: x generated (N, D), y recordings (M, D).
Source: arXiv:1904.06991 (precision, recall), arXiv:2002.09797 (density, coverage).
"""

import contextlib
import hashlib
import os

import numpy as np

from espnet2.gen_audio.metrics.functional.sample import checked_pair

NEAREST = 5  # number of neighbours in the experiments of both sources
NAMES = ("precision", "recall", "density", "coverage")
KEPT = 1000  # pairs of samples whose scores are cached for the four metrics
_computed: dict[str, dict[str, float]] = {}


def neighbour_scores(x: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Return all four scores.

    Args:
        x: Generated clips, (N, D).
        y: Recordings, (M, D).

    Returns:
        Score by name: ``precision`` (generated clips within the recordings' manifold),
        ``recall`` (recordings within the generated clips' manifold), ``density`` and
        ``coverage`` (their forms that outliers disturb less).

    Raises:
        ValueError: If a sample has too few clips for the neighbours.
    """
    x, y = checked_pair(x, y, fewest=NEAREST + 2)
    key = hashlib.sha256(x.tobytes() + y.tobytes()).hexdigest()
    if key not in _computed:
        while len(_computed) >= KEPT:
            del _computed[next(iter(_computed))]
        _computed[key] = _all_four(x, y)
    return dict(_computed[key])


def _all_four(x: np.ndarray, y: np.ndarray) -> dict[str, float]:
    from prdc import compute_prdc

    # the package reports both sizes on standard output
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        found = compute_prdc(y, x, NEAREST)
    return {name: float(found[name]) for name in NAMES}
