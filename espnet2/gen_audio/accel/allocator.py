"""Tuning of glibc's memory allocator: whether freed blocks return to the system.

A block that returns to the system is new, zeroed pages at the next allocation: steps of
the U-Net, which allocate the same sizes again and again, would take a fifth longer. A
block that the process caches may not fit the next allocation: loading and decoding,
whose sizes differ, would need a tenth more memory. With another C library nothing is
done.
"""

import contextlib
import ctypes
import gc
import os
from collections.abc import Iterator

MIB = 2**20
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # names of glibc's malloc.h
_USER_CHOICE = "MALLOC_MMAP_THRESHOLD_"  # if it is set, nothing is changed here


def return_freed_blocks() -> None:
    """Return freed blocks of 1 MiB and more to the system at once, from now on.

    Torch then asks for huge pages, of which fewer have to be zeroed.
    """
    _set_thresholds(MIB, MIB // 8)
    if _USER_CHOICE not in os.environ:
        os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")


def cache_freed_blocks() -> None:
    """Keep freed blocks in the process from now on, for steps of equal sizes."""
    _set_thresholds(1024 * MIB, 1024 * MIB)


@contextlib.contextmanager
def freed_blocks_cached() -> Iterator[None]:
    """Keep freed blocks in the process inside the context, for steps of equal sizes."""
    cache_freed_blocks()
    try:
        yield
    finally:
        return_freed_blocks()
        trim_freed_memory()


def trim_freed_memory(collect: bool = True) -> None:
    """Return all memory that is free now to the system.

    Args:
        collect: Collect garbage first: modules have reference cycles, which reference
            counting does not free.
    """
    if collect:
        gc.collect()
    _call_glibc("malloc_trim", 0)


@contextlib.contextmanager
def loaded_objects_frozen() -> Iterator[None]:
    """Exempt the objects that are alive now from garbage collection in the context.

    For a command that has imported its libraries and loaded its models: a collection
    that looks at all their objects takes half a second.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _set_thresholds(mapped: int, cached: int) -> None:
    """Set the least size of a block that is mapped, and the most that is cached."""
    if _USER_CHOICE not in os.environ:
        _call_glibc("mallopt", _MMAP_THRESHOLD, mapped)
        _call_glibc("mallopt", _TRIM_THRESHOLD, cached)


def _call_glibc(function: str, *numbers: int) -> None:
    with contextlib.suppress(AttributeError, OSError, TypeError):  # another C library
        getattr(ctypes.CDLL(None), function)(*numbers)
