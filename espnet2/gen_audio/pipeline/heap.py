"""Which freed blocks of memory go back to the system, and which wait for the next use.

A block that goes back is new pages the next time, each zeroed by the system: steps of
the U-Net, which ask for the same sizes again, take a fifth longer. A block that is kept
may lie between others that are in use, and what does not fit there is asked for on top:
loading and decoding, whose sizes differ, need a tenth more memory.
"""

import contextlib
import ctypes
import gc
import os

MIB = 2**20
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # names of glibc's malloc.h
_CHOSEN = "MALLOC_MMAP_THRESHOLD_"  # with it the user has decided


def release_large_blocks() -> None:
    """Have freed blocks of 1 MiB and more go back at once.

    Torch asks for large pages then, of which there are fewer to zero.
    """
    _set_limits(MIB, MIB // 8)
    if _CHOSEN not in os.environ:
        os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")


def keep_large_blocks() -> None:
    """Have freed blocks wait for the next step, which wants the same."""
    _set_limits(1024 * MIB, 1024 * MIB)


def give_back_freed_memory(collect: bool = True) -> None:
    """Return to the system what was freed; glibc would keep much of it.

    Args:
        collect: Free modules first, which refer to themselves: counting frees none.
    """
    if collect:
        gc.collect()
    _tell_glibc("malloc_trim", 0)


def _set_limits(mapped: int, kept: int) -> None:
    """Set the least block that is mapped, and the most that is kept on top."""
    if _CHOSEN not in os.environ:
        _tell_glibc("mallopt", _MMAP_THRESHOLD, mapped)
        _tell_glibc("mallopt", _TRIM_THRESHOLD, kept)


def _tell_glibc(function: str, *numbers: int) -> None:
    with contextlib.suppress(AttributeError, OSError, TypeError):  # another C library
        getattr(ctypes.CDLL(None), function)(*numbers)
