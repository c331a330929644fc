"""Weights of a user's file: those of another network are refused by name."""

import pytest
import torch

from espnet2.gen_audio.metrics.encoders.given_weights import read_weights

SHAPES = {"a.weight": (2, 3), "a.bias": (2,)}


def stored(path, tensors, **more):
    torch.save({"model": tensors, **more}, path)
    return path


def test_tensors_are_read_under_model_or_at_the_top(tmp_path):
    tensors = {name: torch.ones(shape).half() for name, shape in SHAPES.items()}
    for content in ({"model": tensors, "iteration": 3}, tensors):
        torch.save(content, tmp_path / "w.pth")
        found = read_weights(tmp_path / "w.pth", SHAPES)
        assert found["a.weight"].dtype == torch.float32 and list(found) == list(SHAPES)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"a.bias": None}, r"w.pth has other weights: it lacks a.bias \(1 in all\)"),
        ({"b": torch.ones(1)}, r"has the unknown b \(1 in all\)"),
        ({"a.bias": torch.ones(3)}, r"another shape: a.bias \(3,\), not \(2,\)"),
    ],
)
def test_missing_unknown_and_misshapen_names_are_refused(change, message, tmp_path):
    tensors = {name: torch.ones(shape) for name, shape in SHAPES.items()} | change
    tensors = {name: value for name, value in tensors.items() if value is not None}
    with pytest.raises(ValueError, match=message):
        read_weights(stored(tmp_path / "w.pth", tensors), SHAPES)


def test_names_that_are_not_needed_may_be_there(tmp_path):
    tensors = {name: torch.ones(shape) for name, shape in SHAPES.items()}
    path = stored(tmp_path / "w.pth", {**tensors, "mel": torch.ones(1)})
    assert list(read_weights(path, SHAPES, {"mel"})) == list(SHAPES)
