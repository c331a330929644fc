"""A progress bar of solver steps, for interactive commands."""

import contextlib
import contextvars
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

_STREAM: contextvars.ContextVar[TextIO | None] = contextvars.ContextVar(
    "stream", default=None
)


@contextlib.contextmanager
def progress_bar_on(stream: TextIO | None) -> Iterator[None]:
    """Show a bar (steps, rate, time left) for each sampling loop inside the block.

    Args:
        stream: Where the bar is written; None shows no bar.

    Yields:
        Nothing.
    """
    token = _STREAM.set(stream)
    try:
        yield
    finally:
        _STREAM.reset(token)


def with_progress_bar(steps: Any) -> Iterable[Any]:
    """Return solver steps, wrapped in a progress bar within ``progress_bar_on``.

    Args:
        steps: Solver steps, (S,).

    Returns:
        The same steps.
    """
    stream = _STREAM.get()
    if stream is None:
        return steps
    from tqdm import tqdm

    return tqdm(steps, desc="sampling", unit="step", file=stream, leave=False)
