"""Error of the predicted LOA, compared with LOA that does not depend on the caption.

Shapes: L tokens, D features. The error is the mean absolute difference, the training
loss of the language model.
"""

from collections.abc import Mapping

import numpy as np

from espnet2.gen_audio.metrics.functional.estimate import six_digits


def loa_errors(
    predicted: Mapping[str, np.ndarray],
    true: Mapping[str, np.ndarray],
    train_mean: np.ndarray | None,
    recordings: Mapping[str, str],
) -> dict[str, float]:
    """Return the L1 error of the predicted LOA and of three baselines.

    Args:
        predicted: Predicted LOA of each test clip, (L, D).
        true: True LOA of each test clip, (L, D).
        train_mean: Mean LOA of the training set, (L, D); None leaves this baseline out.
        recordings: Recording of each test clip.

    Returns:
        Mean error over test clips: of ``predicted``, and of the baselines ``mean``,
            ``other`` (mean over the true LOA of all clips of other recordings) and
            ``zero``. A clip without true LOA and values that are not finite are
            refused.
    """
    guess, truth = _stacked(predicted, true)
    errors = {"predicted": np.abs(guess - truth).mean()}
    if train_mean is not None:
        errors["mean"] = np.abs(train_mean - truth).mean()
    others = _errors_of_others(truth, [recordings[clip] for clip in predicted])
    if others:
        errors["other"] = np.mean(others)
    errors["zero"] = np.abs(truth).mean()
    return {name: six_digits(value) for name, value in errors.items()}


def _stacked(
    predicted: Mapping[str, np.ndarray], true: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return predicted and true LOA, (N, L, D) each, in the order of ``predicted``."""
    missing = sorted(set(predicted) - set(true))
    if missing or not predicted:
        raise ValueError(
            f"{len(missing)} of {len(predicted)} clips with predicted LOA have no true "
            f"one{': ' + missing[0] if missing else ''}; dump the LOA of the test set"
        )
    ids = list(predicted)
    guess = np.stack([predicted[clip] for clip in ids]).astype(np.float64)
    truth = np.stack([true[clip] for clip in ids]).astype(np.float64)
    bad = int((~np.isfinite(guess)).sum() + (~np.isfinite(truth)).sum())
    if bad:
        raise ValueError(
            f"{bad} values of the predicted or true LOA are NaN or infinite; check "
            "the models that made it"
        )
    return guess, truth


def _errors_of_others(truth: np.ndarray, recordings: list[str]) -> list[float]:
    """Return for each clip the mean error of the true LOA of all other recordings."""
    names = np.array(recordings)
    found = [np.abs(one - truth[names != name]) for one, name in zip(truth, names)]
    return [difference.mean() for difference in found if len(difference)]
