"""Tuning of glibc's memory allocator: whether freed blocks return to the system.

If a block returns to the system, the next allocation gets new pages, which must be
zeroed: steps of the U-Net, which allocate equal sizes repeatedly, would take a fifth
longer. If the process caches a block, it may not fit the next allocation: loading and
decoding, which allocate different sizes, would need a tenth more memory. With another C
library than glibc, these functions do nothing.
"""

import contextlib
import ctypes
import gc
import os
from collections.abc import Iterator

MIB = 2**20
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # numbers in glibc's malloc.h
_USER_CHOICE = "MALLOC_MMAP_THRESHOLD_"  # a user's own setting is kept


def return_freed_blocks() -> None:
    """Return freed blocks of 1 MiB and more to the system at once, from now on.

    Torch then requests huge pages, which are zeroed faster.
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
    """Return all currently free memory to the system.

    Args:
        collect: Whether to collect garbage first. Modules have reference cycles, which
            reference counting does not free.
    """
    if collect:
        gc.collect()
    _call_glibc("malloc_trim", 0)


@contextlib.contextmanager
def loaded_objects_frozen() -> Iterator[None]:
    """Exempt the objects that are alive now from garbage collection in the context.

    Use it in a command that has imported its libraries and loaded its models: a garbage
    collection over all their objects takes half a second.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _set_thresholds(mapped: int, cached: int) -> None:
    """Set the smallest size of a mapped block and the largest cached memory."""
    if _USER_CHOICE not in os.environ:
        _call_glibc("mallopt", _MMAP_THRESHOLD, mapped)
        _call_glibc("mallopt", _TRIM_THRESHOLD, cached)


def _call_glibc(function: str, *numbers: int) -> None:
    with contextlib.suppress(AttributeError, OSError, TypeError):  # another C library
        getattr(ctypes.CDLL(None), function)(*numbers)
