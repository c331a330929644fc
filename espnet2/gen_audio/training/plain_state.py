"""Training state as plain values, so that a checkpoint loads without running code.

ESPnet 202511 puts NumPy numbers and time spans into a checkpoint, which only an unsafe
load reads. Time spans are stored in the form of ESPnet 202611, so that either release
can resume from the other's checkpoint.
"""

import datetime
from typing import Any

import numpy as np

SPAN = "__timedelta_seconds__"  # ESPnet 202611's key


def plain(value: Any) -> Any:
    """Replace NumPy numbers and time spans inside containers; tensors stay as they are.

    Args:
        value: A checkpoint's reporter, optimiser or scheduler state.

    Returns:
        The same in plain Python values.
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
    """Undo what ``plain`` did to time spans.

    Args:
        value: Loaded reporter state.

    Returns:
        The state as ESPnet's reporter holds it while it runs.
    """
    if isinstance(value, dict):
        if SPAN in value:
            return datetime.timedelta(seconds=value[SPAN])
        return {k: revive(v) for k, v in value.items()}
    return value
