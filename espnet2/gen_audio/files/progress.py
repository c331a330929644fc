"""Progress lines for long loops, in the log and not on a terminal bar.

Array jobs write to log files, where a redrawn bar is noise: one line every few
seconds says how far the job is, how fast it goes and how long is left.
"""

import logging
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def progress(
    items: Iterable[Item],
    total: int | None,
    what: str,
    every_seconds: float = 5.0,
    unit: str = "clips",
) -> Iterator[Item]:
    """Pass ``items`` through and log the progress now and then.

    A line reads ``dump_loa: 120/900 clips, 35.2/s, 22 s left``. The last line is
    always logged, so that a finished log says how much was done and how fast.

    Args:
        items: What to iterate over.
        total: How many items there are; None means ``len(items)`` if it has one.
        what: Name of the work, first word of each line.
        every_seconds: Least time between two lines.
        unit: What is counted.

    Yields:
        The items, unchanged.
    """
    if total is None and hasattr(items, "__len__"):
        total = len(items)
    start = last = time.monotonic()
    done = 0
    for item in items:
        yield item
        done += 1
        now = time.monotonic()
        if now - last >= every_seconds and done != total:
            logging.info(_line(what, unit, done, total, now - start))
            last = now
    logging.info(_line(what, unit, done, total, time.monotonic() - start))


def _line(what: str, unit: str, done: int, total: int | None, seconds: float) -> str:
    rate = done / max(seconds, 1e-9)
    if total is None:
        return f"{what}: {done} {unit}, {rate:.1f}/s"
    if done >= total:
        return f"{what}: {done}/{total} {unit}, {rate:.1f}/s, {seconds:.0f} s in all"
    left = (total - done) / max(rate, 1e-9)
    return f"{what}: {done}/{total} {unit}, {rate:.1f}/s, {left:.0f} s left"
