"""A progress bar of solver steps, for commands that a person waits for."""

import contextlib
import contextvars
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

_STREAM: contextvars.ContextVar[TextIO | None] = contextvars.ContextVar(
    "stream", default=None
)


@contextlib.contextmanager
def progress_bar_on(stream: TextIO | None) -> Iterator[None]:
    """Show a bar for every run of the solver in the block: steps, rate, time left.

    Args:
        stream: Where the bar is written; None shows none.

    Yields:
        Nothing.
    """
    token = _STREAM.set(stream)
    try:
        yield
    finally:
        _STREAM.reset(token)


def with_progress_bar(steps: Any) -> Iterable[Any]:
    """Return the steps of a solver, with a bar inside of ``progress_bar_on``.

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
