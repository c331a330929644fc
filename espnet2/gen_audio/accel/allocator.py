"""Tuning of glibc's memory allocator: which freed blocks go back to the system.

A block that goes back is new pages the next time, each zeroed by the system: steps of
the U-Net, which allocate the same sizes again and again, take a fifth longer. A block
that is cached may lie between others that are in use, and what does not fit there is
allocated on top: loading and decoding, whose sizes differ, need a tenth more memory.
With another C library nothing is done.
"""

import contextlib
import ctypes
import gc
import os

MIB = 2**20
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # names of glibc's malloc.h
_USER_CHOICE = "MALLOC_MMAP_THRESHOLD_"  # where it is set, the user has decided


def return_freed_blocks() -> None:
    """Have freed blocks of 1 MiB and more go back to the system at once.

    Torch asks for large pages then, of which there are fewer to zero.
    """
    _set_thresholds(MIB, MIB // 8)
    if _USER_CHOICE not in os.environ:
        os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")


def cache_freed_blocks() -> None:
    """Have freed blocks stay with the process, for steps of equal sizes."""
    _set_thresholds(1024 * MIB, 1024 * MIB)


def trim_freed_memory(collect: bool = True) -> None:
    """Return all memory that is freed by now to the system.

    Args:
        collect: Collect garbage first: modules hold references to themselves, which
            counting references does not free.
    """
    if collect:
        gc.collect()
    _call_glibc("malloc_trim", 0)


def _set_thresholds(mapped: int, cached: int) -> None:
    """Set the least size of a block that is mapped, and the most that is cached."""
    if _USER_CHOICE not in os.environ:
        _call_glibc("mallopt", _MMAP_THRESHOLD, mapped)
        _call_glibc("mallopt", _TRIM_THRESHOLD, cached)


def _call_glibc(function: str, *numbers: int) -> None:
    with contextlib.suppress(AttributeError, OSError, TypeError):  # another C library
        getattr(ctypes.CDLL(None), function)(*numbers)
