"""Measures of class scores: divergence from the recording's classes, inception score.

Shapes: N clips, C classes; logits before softmax or sigmoid.
Source: KL as in AudioGen, arXiv:2209.15352, and its sigmoid form, both as audioldm_eval
computes them (1e-6 is added to the generated clip's probabilities); inception score,
arXiv:1606.03498.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from espnet2.gen_audio.metrics.functional.vectors import Vectors, blocks_of

FLOOR = 1e-6
FORMS = ("softmax", "sigmoid")


def class_divergence(
    generated: Vectors, reference: Vectors, form: str = "softmax"
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
    if generated.shape != reference.shape:
        raise ValueError(
            f"class scores of shape {generated.shape} and {reference.shape} are not "
            "pairs; give the same ids and classes on both sides"
        )
    if form not in FORMS:
        raise ValueError(f"form {form!r} is unknown; use {' or '.join(FORMS)}")
    log = _log_softmax if form == "softmax" else _log_sigmoid
    found = np.empty(len(generated))
    for (place, x), (_, y) in zip(_blocks(generated), _blocks(reference)):
        q, log_p = np.exp(log(x)), log(y)
        found[place] = (np.exp(log_p) * (log_p - np.log(q + FLOOR))).sum(axis=1)
    return found


def inception_score(logits: Vectors) -> float:
    """Return exp(mean KL of each clip's classes from the classes of all).

    Args:
        logits: Logits of the clips, (N, C).

    Returns:
        The score, from 1 (all alike) to C.
    """
    return float(inception_scores(logits, [np.arange(len(logits))])[0])


def inception_scores(logits: Vectors, subsets: Sequence[np.ndarray]) -> np.ndarray:
    """Return the inception score of several choices of clips, read once.

    The logarithm of a score is the entropy of the mean distribution minus the mean of
    the entropies.

    Args:
        logits: Logits of all clips, (N, C).
        subsets: Rows of each choice, none of them twice.

    Returns:
        One score a choice, (P,).
    """
    members = np.zeros((len(subsets), len(logits)), dtype=bool)
    for row, subset in zip(members, subsets):
        row[subset] = True
    sums = np.zeros((len(subsets), logits.shape[1])), np.zeros(len(subsets))
    for place, block in _blocks(logits):
        log_p = _log_softmax(block)
        p, chosen = np.exp(log_p), members[:, place].astype(np.float64)
        sums[0][:] += chosen @ p
        sums[1][:] += chosen @ (p * log_p).sum(axis=1)
    counts = members.sum(axis=1)
    mean = sums[0] / counts[:, None]
    log_mean = np.log(np.maximum(mean, np.finfo(np.float64).tiny))
    return np.exp(sums[1] / counts - (mean * log_mean).sum(axis=1))


def _blocks(logits: Vectors) -> Iterator[tuple[slice, np.ndarray]]:
    if len(logits.shape) != 2 or not len(logits):
        raise ValueError(
            f"class scores of shape {logits.shape} must be (clips, classes), at least "
            "one clip; check the clips"
        )
    return blocks_of(logits)


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _log_sigmoid(logits: np.ndarray) -> np.ndarray:
    return -np.logaddexp(0.0, -logits)
