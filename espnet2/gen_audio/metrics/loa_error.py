"""How far a predicted LOA lies from the true one, beside guesses that know no caption.

Shapes: L tokens, P patches, D features. The error is the mean absolute difference, what
the language model is trained on.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from espnet2.gen_audio.audiomae.loa import pool_patches
from espnet2.gen_audio.compat import read_matrices
from espnet2.gen_audio.feats.clip import ClipGeometry


def pooled_like(
    stored: Mapping[str, np.ndarray], tokens: int, geometry: ClipGeometry
) -> dict[str, np.ndarray]:
    """Pool stored patch features down to a number of LOA tokens.

    Args:
        stored: Features of each clip, unpooled (P, D) or already pooled (L, D).
        tokens: Wanted L.
        geometry: Grid of the patches.

    Returns:
        LOA of each clip, (L, D).

    Raises:
        ValueError: If no pooling factor gives that number of tokens.
    """
    factors = {}
    for factor in range(1, geometry.time_patches + 1):
        try:
            factors[geometry.loa_tokens(factor)] = geometry.pool_factors(factor)
        except ValueError:
            continue  # leaves a remainder
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


def loa_errors(
    predicted: Mapping[str, np.ndarray],
    true: Mapping[str, np.ndarray],
    train_mean: np.ndarray | None,
    recordings: Mapping[str, str],
) -> dict[str, float]:
    """Return the L1 error of the predicted LOA and of guesses.

    Args:
        predicted: Predicted LOA of each test clip, (L, D).
        true: True LOA of each, (L, D).
        train_mean: Mean LOA of the training set, (L, D); None leaves it out.
        recordings: Recording of each test clip.

    Returns:
        Mean error over test clips of ``predicted``, ``mean``, ``other`` (true LOA of
        every clip of another recording) and ``zero``.

    Raises:
        ValueError: If a predicted clip has no true LOA or a number is not finite.
    """
    missing = sorted(set(predicted) - set(true))
    if missing or not predicted:
        raise ValueError(
            f"{len(missing)} of {len(predicted)} clips with predicted LOA have no true "
            f"one{': ' + missing[0] if missing else ''}; dump the LOA of the test set"
        )
    ids = list(predicted)
    guess = np.stack([predicted[clip] for clip in ids]).astype(np.float64)
    truth = np.stack([true[clip] for clip in ids]).astype(np.float64)
    if not (np.isfinite(guess).all() and np.isfinite(truth).all()):
        raise ValueError(
            "an LOA holds NaN or infinity; look at the models that made it"
        )
    errors = {"predicted": np.abs(guess - truth).mean()}
    if train_mean is not None:
        errors["mean"] = np.abs(train_mean - truth).mean()
    others = [
        np.abs(truth[row] - truth[[recordings[i] != recordings[clip] for i in ids]])
        for row, clip in enumerate(ids)
    ]
    others = [difference.mean() for difference in others if len(difference)]
    if others:
        errors["other"] = np.mean(others)
    errors["zero"] = np.abs(truth).mean()
    return {name: float(f"{value:.6g}") for name, value in errors.items()}


def read_loa_errors(
    predicted_scp: Path | None,
    test_scp: Path | None,
    train_scp: Path | None,
    geometry: ClipGeometry,
    recordings: Mapping[str, str],
) -> dict[str, float]:
    """Return the errors of a predicted LOA that generation wrote.

    Args:
        predicted_scp: Predicted LOA of the test captions; None leaves all out.
        test_scp: LOA of the test recordings; None leaves all out.
        train_scp: LOA of the training recordings, for their mean; None leaves it out.
        geometry: Grid of the patches.
        recordings: Recording of each test clip.

    Returns:
        As ``loa_errors``; empty where nothing is given.
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
