"""The error of the predicted LOA, from the archives of stages generate and dump_loa.

Shapes: L tokens, P patches, D features.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from espnet2.gen_audio.audiomae.loa import pool_patches
from espnet2.gen_audio.compat import read_matrices
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.metrics.functional.loa_error import loa_errors


def pooled_like(
    stored: Mapping[str, np.ndarray], tokens: int, geometry: ClipGeometry
) -> dict[str, np.ndarray]:
    """Pool stored patch features to a given number of LOA tokens.

    Args:
        stored: Features of each clip, unpooled (P, D) or already pooled (L, D).
        tokens: Number of tokens L.
        geometry: Grid of the patches.

    Returns:
        LOA of each clip, (L, D).

    Raises:
        ValueError: If no pooling factor gives that number of tokens.
    """
    factors = _factors_by_tokens(geometry)
    grid = (geometry.time_patches, geometry.freq_patches)
    pooled = {}
    for clip, matrix in stored.items():
        if len(matrix) == tokens:
            pooled[clip] = np.asarray(matrix, dtype=np.float64)
        elif tokens in factors:
            patches = torch.tensor(matrix)[None]
            pooled[clip] = pool_patches(patches, grid, factors[tokens])[0].numpy()
        else:
            raise ValueError(
                f"{clip}: {len(matrix)} patches cannot be pooled to {tokens} tokens; "
                "give the geometry that the LOA was dumped with"
            )
    return pooled


def _factors_by_tokens(geometry: ClipGeometry) -> dict[int, tuple[int, int]]:
    factors = {}
    for factor in range(1, geometry.time_patches + 1):
        try:
            factors[geometry.loa_tokens(factor)] = geometry.pool_factors(factor)
        except ValueError:
            continue  # the factor does not divide the grid
    return factors


def read_loa_errors(
    predicted_scp: Path | None,
    test_scp: Path | None,
    train_scp: Path | None,
    geometry: ClipGeometry,
    recordings: Mapping[str, str],
) -> dict[str, float]:
    """Return the errors of a predicted LOA that generation wrote.

    Args:
        predicted_scp: Predicted LOA of the test captions; None gives no errors.
        test_scp: LOA of the test recordings; None gives no errors.
        train_scp: LOA of the training recordings, whose mean is the baseline; None
            leaves the baseline out.
        geometry: Grid of the patches.
        recordings: Recording of each test clip.

    Returns:
        The errors as ``loa_errors`` returns them; empty without predicted or test LOA.
    """
    if predicted_scp is None or test_scp is None:
        return {}
    predicted = dict(read_matrices(predicted_scp))
    tokens = len(next(iter(predicted.values())))
    true = pooled_like(read_matrices(test_scp), tokens, geometry)
    mean = None
    if train_scp is not None:
        train = pooled_like(read_matrices(train_scp), tokens, geometry)
        mean = sum(train.values()) / len(train)
    return loa_errors(predicted, true, mean, recordings)
