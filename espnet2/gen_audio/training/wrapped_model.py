"""The model inside what torch wraps around it for several processes."""

import contextlib

import torch


def averaged_weights(
    model: torch.nn.Module,
) -> contextlib.AbstractContextManager[None]:
    """Return a context in which a model has its averaged weights, if there are any.

    Args:
        model: Model, perhaps wrapped.

    Returns:
        A context manager.
    """
    inner = unwrapped(model, "ema_weights")
    return getattr(inner, "ema_weights", contextlib.nullcontext)()


def unwrapped(model: torch.nn.Module, method: str) -> torch.nn.Module:
    """Return the model itself where it is wrapped for several processes.

    Args:
        model: Model, perhaps wrapped.
        method: Name of a method that a wrapper lacks.

    Returns:
        The wrapped model if the one given has no such method, else the one given.
    """
    return model if hasattr(model, method) else getattr(model, "module", model)
