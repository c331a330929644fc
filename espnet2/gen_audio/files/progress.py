"""Progress lines in the log for long loops.

Array jobs write to log files, in which a progress bar is not readable. Instead, a line
every few seconds states the progress, the speed and the remaining time.
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
    """Iterate over ``items`` and regularly log the progress.

    A line reads ``dump_loa: 120/900 clips, 35.2/s, 22 s left``. The last line is always
    logged, so that a complete log states the number of items and the speed.

    Args:
        items: Items to iterate over.
        total: Number of items; ``len(items)`` if None and known.
        what: Name of the work, first word of each line.
        every_seconds: Smallest time between two lines.
        unit: Unit of the count.

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
