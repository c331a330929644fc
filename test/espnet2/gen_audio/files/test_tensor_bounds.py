"""Tensors that repeat what the file holds once are refused, with name and remedy."""

from collections import OrderedDict

import pytest
import torch

from espnet2.gen_audio.files.tensor_bounds import refuse_repeated


def test_whole_tensors_views_and_tied_weights_pass():
    table = torch.arange(6.0)
    tied = {"a": table.view(2, 3), "b": table[1:3], "c": table.view(3, 2).t()}
    state = OrderedDict(tied, scalar=torch.tensor(1), none=torch.zeros(0, 4))
    state._metadata = {"": {"version": 1}}
    refuse_repeated({"model": state, "list": [tied, 3, ("x", None)]}, "a.pth")


@pytest.mark.parametrize(
    "repeated",
    [
        torch.ones(1).expand(600, 4),
        torch.ones(3).expand(2, 3),
        torch.ones(9).as_strided((5, 5), (1, 1)),
    ],
)
def test_a_tensor_with_more_numbers_than_its_storage_is_refused(repeated):
    message = r"a.pth: tensor 'model.w.1' of shape \(\d+, \d\).*its storage holds \d"
    with pytest.raises(ValueError, match=message + ".*save .clone"):
        refuse_repeated({"model": {"w": [1, repeated]}}, "a.pth")


def test_many_tensors_over_one_storage_are_refused():
    table = torch.zeros(1 << 16)
    refuse_repeated({str(n): table for n in range(16)}, "a.pth")
    with pytest.raises(ValueError, match="show 13107200 bytes of 262144"):
        refuse_repeated({str(n): table for n in range(50)}, "a.pth")


def test_a_tensor_without_numbers_is_refused():
    for odd in (torch.zeros(2, device="meta"), torch.eye(2).to_sparse()):
        with pytest.raises(ValueError, match="tensor 'w' is .* only plain tensors"):
            refuse_repeated({"w": odd}, "a.pth")


def test_an_attribute_that_hides_a_method_is_refused():
    state = OrderedDict(w=torch.ones(1))
    state.items = 3
    with pytest.raises(ValueError, match="'model' has attributes .items"):
        refuse_repeated({"model": state}, "a.pth")


def test_containers_without_end_are_refused_and_those_in_themselves_end():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match="a.pth: its containers are nested too deep"):
        refuse_repeated({"a": deep}, "a.pth")
    itself = []
    itself.append(itself)
    refuse_repeated({"a": itself}, "a.pth")
