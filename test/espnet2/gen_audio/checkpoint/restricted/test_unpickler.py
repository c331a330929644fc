"""What a pickle may build, and what becomes of the rest."""

import collections
import io
import pickle

import pytest
import torch

from espnet2.gen_audio.checkpoint.restricted.unpickler import (
    Placeholder,
    RestrictedUnpickler,
    Storage,
    StorageClass,
    without_placeholders,
)


def read(content, storage_of=None):
    skipped = set()
    unpickler = RestrictedUnpickler(io.BytesIO(content), storage_of, skipped)
    return unpickler.load(), skipped


def named(module, name):
    """Return a pickle of nothing but a name."""
    return pickle.PROTO + b"\x02" + f"c{module}\n{name}\n.".encode()


@pytest.mark.parametrize(
    "module, name, built",
    [
        ("collections", "OrderedDict", collections.OrderedDict),
        ("torch", "Size", torch.Size),
        ("torch", "float16", torch.float16),
        ("torch", "BFloat16Storage", StorageClass(torch.bfloat16)),
    ],
)
def test_a_short_list_of_names_is_built(module, name, built):
    assert read(named(module, name)) == (built, set())


@pytest.mark.parametrize(
    "module, name",
    [
        ("builtins", "eval"),
        ("os", "system"),
        ("torch", "load"),
        ("torch.jit", "load"),
        ("torch._utils", "_rebuild_device_tensor_from_numpy"),
        ("torch", "float16.__class__"),
        ("collections", "defaultdict"),
    ],
)
def test_every_other_name_becomes_a_placeholder(module, name):
    assert read(named(module, name)) == (Placeholder, {f"{module}.{name}"})


def rebuilt(storage, *arguments):
    """Return what the file's call of torch's function builds."""
    build, _ = read(named("torch._utils", "_rebuild_tensor_v2"))
    return build(storage, *arguments, False, collections.OrderedDict())


def test_a_tensor_over_something_that_is_no_storage_is_a_placeholder():
    assert isinstance(rebuilt(3, 0, (1,), (1,)), Placeholder)


def test_a_tensor_that_reaches_beyond_its_storage_is_refused():
    storage = Storage(torch.UntypedStorage(8), torch.float32)
    assert rebuilt(storage, 0, (2,), (1,)).shape == (2,)
    assert rebuilt(storage, 2, (0, 5), (5, 1)).shape == (0, 5)
    assert rebuilt(storage, 1, (), ()).shape == ()
    for offset, size, stride in (
        (0, (3,), (1,)),
        (1, (2,), (1,)),
        (0, (2,), (9,)),
        (2, (), ()),
        (-1, (2,), (1,)),
        (1, (2,), (-1,)),
        (0, (-2,), (1,)),
        (0, (2,), (1, 1)),
    ):
        with pytest.raises(ValueError):
            rebuilt(storage, offset, size, stride)
    assert storage.numbers.nbytes() == 8


def test_containers_lose_what_was_not_built():
    value = {"a": 1, "b": Placeholder(), 3: (1, [Placeholder(), "x"]), Placeholder(): 1}
    assert without_placeholders(value) == {"a": 1, 3: (1, ["x"])}
