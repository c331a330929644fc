"""Training state as plain values, so that a checkpoint loads without running code.

ESPnet 202511 stores NumPy numbers and time spans in a checkpoint, which can only be
loaded by running pickles. Here they become plain values. Time spans have the form of
ESPnet 202611, so that each release can resume from a checkpoint of the other.
"""

import datetime
from typing import Any

import numpy as np

SPAN = "__timedelta_seconds__"  # ESPnet 202611's key


def plain(value: Any) -> Any:
    """Replace NumPy numbers and time spans inside containers; keep tensors.

    Args:
        value: A checkpoint's reporter, optimiser or scheduler state.

    Returns:
        The state in plain Python values.
    """
    if isinstance(value, datetime.timedelta):
        return {SPAN: value.total_seconds()}
    if isinstance(value, np.generic):
        return value.item()
    if type(value) is dict:
        return {plain(k): plain(v) for k, v in value.items()}
    if type(value) in (list, tuple):
        return type(value)(plain(v) for v in value)
    return value


def revive(value: Any) -> Any:
    """Convert the time spans of ``plain`` back.

    Args:
        value: Loaded reporter state.

    Returns:
        The state in the form of a running ESPnet reporter.
    """
    if isinstance(value, dict):
        if SPAN in value:
            return datetime.timedelta(seconds=value[SPAN])
        return {k: revive(v) for k, v in value.items()}
    return value
