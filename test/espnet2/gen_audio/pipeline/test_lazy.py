"""Lazily loaded parts: loaded when needed, one at a time."""

import weakref

import torch

from espnet2.gen_audio.pipeline.lazy import Lazy, MemorySlot


def test_a_part_is_loaded_once_and_released_when_another_takes_the_slot():
    loads, alive = [], []

    def load(name):
        loads.append(name)
        module = torch.nn.Linear(2, 2)
        alive.append(weakref.ref(module))
        return module

    slot = MemorySlot()
    one, two = Lazy(lambda: load("one"), slot), Lazy(lambda: load("two"), slot)
    assert loads == []
    assert one.get() is one.get() and loads == ["one"]
    two.get()
    assert loads == ["one", "two"] and alive[0]() is None
    one.get()
    assert loads == ["one", "two", "one"]


def test_the_first_part_is_released_before_the_second_is_loaded():
    slot, gone = MemorySlot(), []
    first = Lazy(lambda: torch.nn.Linear(2, 2), slot)
    watch = weakref.ref(first.get())
    Lazy(lambda: gone.append(watch() is None), slot).get()
    assert gone == [True]
