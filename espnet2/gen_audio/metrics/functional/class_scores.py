"""Measures of class scores: divergence from the recording's classes, inception score.

Shapes: N clips, C classes; logits before softmax or sigmoid.
Source: KL as in AudioGen, arXiv:2209.15352, and its sigmoid form, both as audioldm_eval
computes them (1e-6 is added to the generated clip's probabilities); inception score,
arXiv:1606.03498.
"""

import numpy as np

FLOOR = 1e-6
FORMS = ("softmax", "sigmoid")


def class_divergence(
    generated: np.ndarray, reference: np.ndarray, form: str = "softmax"
) -> np.ndarray:
    """Return sum over classes of p log(p / (q + 1e-6)) of each pair of clips.

    p are the recording's probabilities, q those of the generated clip. The sigmoid
    form sums over independent classes, is no divergence of one distribution and may be
    below zero.

    Args:
        generated: Logits of the generated clips, (N, C).
        reference: Logits of the recordings of the same ids, (N, C).
        form: ``softmax`` or ``sigmoid``.

    Returns:
        One value a clip in nats, (N,).

    Raises:
        ValueError: If the shapes differ or there is no such form.
    """
    x, y = _checked(generated), _checked(reference)
    if x.shape != y.shape:
        raise ValueError(
            f"class scores of shape {x.shape} and {y.shape} are not pairs; give the "
            "same ids and classes on both sides"
        )
    if form not in FORMS:
        raise ValueError(f"form {form!r} is unknown; use {' or '.join(FORMS)}")
    log = _log_softmax if form == "softmax" else _log_sigmoid
    q, log_p = np.exp(log(x)), log(y)
    return (np.exp(log_p) * (log_p - np.log(q + FLOOR))).sum(axis=1)


def inception_score(logits: np.ndarray) -> float:
    """Return exp(mean KL of each clip's classes from the classes of all).

    Args:
        logits: Logits of the clips, (N, C).

    Returns:
        The score, from 1 (all alike) to C.
    """
    log_p = _log_softmax(_checked(logits))
    p = np.exp(log_p)
    mean = np.maximum(p.mean(axis=0), np.finfo(np.float64).tiny)
    return float(np.exp((p * (log_p - np.log(mean))).sum(axis=1).mean()))


def _checked(logits: np.ndarray) -> np.ndarray:
    rows = np.asarray(logits, dtype=np.float64)
    if rows.ndim != 2 or not len(rows) or not np.isfinite(rows).all():
        raise ValueError(
            f"class scores of shape {rows.shape} must be (clips, classes), at least "
            "one clip and all finite; check the clips"
        )
    return rows


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _log_sigmoid(logits: np.ndarray) -> np.ndarray:
    return -np.logaddexp(0.0, -logits)
