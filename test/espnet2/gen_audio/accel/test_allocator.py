"""Allocator tuning: which freed memory goes back to the system and which is cached."""

import gc
import os
import platform
import subprocess
import sys

import pytest

from espnet2.gen_audio.accel import allocator

FREED = """
import sys
from ctypes import CDLL, c_size_t, c_void_p
from espnet2.gen_audio.accel import allocator
c = CDLL(None)
c.malloc.restype, c.malloc.argtypes, c.free.argtypes = c_void_p, [c_size_t], [c_void_p]
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 2**20
for wanted in sys.argv[1:]:
    getattr(allocator, wanted)()
c.free(c.malloc(31 * 2**20))  # raises the limit
before, blocks, scraps = resident(), [], []
for _ in range(100):
    blocks.append(c.malloc(2 * 2**20))
    c.memset(c_void_p(blocks[-1]), 1, c_size_t(2 * 2**20))
    scraps.append(c.malloc(2**16))
for block in blocks:
    c.free(block)
print(resident() - before)
"""


def left_over(*how: str, **environment: str) -> float:
    """Return the MiB that stay resident of 200 that were freed."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")}
    command = [sys.executable, "-c", FREED, *how]
    return float(subprocess.check_output(command, env=kept | environment))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_freed_blocks_go_back_at_once_unless_the_user_set_it_otherwise() -> None:
    assert left_over() > 150
    assert left_over("return_freed_blocks") < 20
    assert left_over("return_freed_blocks", "cache_freed_blocks") > 150
    assert left_over("cache_freed_blocks", "trim_freed_memory") > 150
    assert left_over("return_freed_blocks", MALLOC_MMAP_THRESHOLD_="1073741824") > 150


def test_blocks_are_cached_inside_the_context_only_also_after_an_error(monkeypatch):
    called = []
    for name in ("cache_freed_blocks", "return_freed_blocks", "trim_freed_memory"):
        monkeypatch.setattr(allocator, name, lambda name=name: called.append(name))
    with pytest.raises(KeyError), allocator.freed_blocks_cached():
        assert called == ["cache_freed_blocks"]
        raise KeyError("a step failed")
    assert called[1:] == ["return_freed_blocks", "trim_freed_memory"]


def test_a_collection_passes_over_what_was_loaded_before_the_context_alone():
    gc.collect()
    with allocator.loaded_objects_frozen():
        frozen = gc.get_freeze_count()
        made_inside = [[] for _ in range(100)]
        assert frozen > 1000 and len(gc.get_objects()) < frozen
        assert any(each is made_inside for each in gc.get_objects())
    assert gc.get_freeze_count() == 0
