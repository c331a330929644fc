"""Sizes are read from tensors, and a missing tensor is named."""

import pytest
import torch

from espnet2.gen_audio.checkpoint.assembly.checked_sizes import checked_sizes


def test_a_size_that_cannot_be_read_names_the_tensor_it_is_read_from():
    def of_first(state):
        return state["first.weight"].shape[0]

    assert checked_sizes(of_first, {"first.weight": torch.zeros(4)}, "x.pth") == 4
    with pytest.raises(ValueError, match=r"x\.pth: tensor first\.weight is missing"):
        checked_sizes(of_first, {}, "x.pth")
    with pytest.raises(ValueError, match="no known form"):
        checked_sizes(of_first, {"first.weight": torch.tensor(1.0)}, "x.pth")
