"""Tensors that share memory are written whole; digests differ if weights differ."""

import torch

from espnet2.gen_audio.checkpoint.archive.tensor_writer import (
    count,
    digest,
    write_tensors,
)
from espnet2.gen_audio.files.tensor_file import load_tensors


def test_tensors_that_share_memory_are_written_apart(tmp_path):
    table = torch.arange(6.0).view(2, 3)
    state = {"a": table, "tied": table, "turned": table.t(), "n": torch.tensor(3)}
    write_tensors(state, tmp_path / "w.safetensors")
    found = load_tensors(tmp_path / "w.safetensors")
    assert found.keys() == state.keys()
    assert all(torch.equal(found[name], state[name]) for name in state)


def test_tensors_and_numbers_are_counted():
    assert count({"a": torch.zeros(2, 3), "b": torch.tensor(1)}) == (2, 7)


def test_a_digest_depends_on_names_types_shapes_and_numbers_only():
    state = {"a": torch.ones(2, 3), "b": torch.zeros(4)}
    same = {"b": torch.zeros(4), "a": torch.ones(3, 2).t()}
    assert digest(state) == digest(same)
    for other in (
        state | {"a": torch.ones(3, 2)},
        state | {"a": torch.ones(2, 3).double()},
        state | {"b": torch.zeros(4) + 1e-6},
        {"c": state["a"], "b": state["b"]},
    ):
        assert digest(other) != digest(state)
