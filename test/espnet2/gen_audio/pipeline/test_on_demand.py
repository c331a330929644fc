"""Parts on demand: loaded when needed, one at a time."""

import weakref

import torch

from espnet2.gen_audio.pipeline.on_demand import OnDemand, Room, present


def test_a_part_is_loaded_once_and_released_when_another_needs_the_room():
    loads, alive = [], []

    def load(name):
        loads.append(name)
        module = torch.nn.Linear(2, 2)
        alive.append(weakref.ref(module))
        return module

    room = Room()
    one, two = OnDemand(lambda: load("one"), room), OnDemand(lambda: load("two"), room)
    assert loads == []
    assert present(one) is present(one) and loads == ["one"]
    present(two)
    assert loads == ["one", "two"] and alive[0]() is None
    present(one)
    assert loads == ["one", "two", "one"]


def test_the_first_part_is_gone_before_the_second_is_loaded():
    room, gone = Room(), []
    first = OnDemand(lambda: torch.nn.Linear(2, 2), room)
    watch = weakref.ref(present(first))
    present(OnDemand(lambda: gone.append(watch() is None), room))
    assert gone == [True]


def test_what_is_here_or_absent_is_handed_on():
    module = torch.nn.Linear(1, 1)
    assert present(module) is module and present(None) is None
