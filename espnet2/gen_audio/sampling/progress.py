"""A bar for the solver steps of one sound, where a person waits for it."""

import contextlib
import contextvars
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

_STREAM: contextvars.ContextVar[TextIO | None] = contextvars.ContextVar(
    "stream", default=None
)


@contextlib.contextmanager
def each_step(stream: TextIO | None) -> Iterator[None]:
    """Within the block every run of the solver shows a bar: steps, rate, time left.

    Args:
        stream: Where the bar goes; None shows none.

    Yields:
        Nothing.
    """
    token = _STREAM.set(stream)
    try:
        yield
    finally:
        _STREAM.reset(token)


def shown(steps: Any) -> Iterable[Any]:
    """Return the steps of a solver, with a bar if one is wanted.

    Args:
        steps: Solver steps, (S,).

    Returns:
        The same.
    """
    stream = _STREAM.get()
    if stream is None:
        return steps
    from tqdm import tqdm

    return tqdm(steps, desc="sampling", unit="step", file=stream, leave=False)
