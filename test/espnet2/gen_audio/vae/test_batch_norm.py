"""Batch normalisation of the clips of all processes."""

import pytest
import torch

from espnet2.gen_audio import ranks
from espnet2.gen_audio.vae import batch_norm
from espnet2.gen_audio.vae.batch_norm import BatchNorm


@pytest.fixture
def pair():
    torch.manual_seed(0)
    own, plain = BatchNorm(3), torch.nn.BatchNorm2d(3)
    torch.nn.init.normal_(own.weight)
    torch.nn.init.normal_(own.bias)
    plain.load_state_dict(own.state_dict())  # the names are those of torch
    return own, plain


@pytest.fixture
def a_twin(monkeypatch):
    """Pretend that a second process has the same clips: every sum doubles."""
    for module in (batch_norm, ranks):
        monkeypatch.setattr(module, "number_of_ranks", lambda: 2)
        monkeypatch.setattr(module, "sum_over_ranks", lambda values: 2 * values)


def test_alone_it_is_that_of_torch_bit_for_bit(pair):
    own, plain = pair
    maps = torch.randn(4, 3, 5, 2)
    assert torch.equal(own(maps), plain(maps))
    assert torch.equal(own.eval()(maps), plain.eval()(maps))


def test_in_company_it_is_that_of_torch_on_all_clips(pair, a_twin):
    own, plain = pair
    maps = 3.0 + torch.randn(4, 3, 5, 2)
    found, expected = own(maps), plain(torch.cat([maps, maps]))[:4]
    torch.testing.assert_close(found, expected)
    for name, values in plain.state_dict().items():
        torch.testing.assert_close(own.state_dict()[name], values)


def test_in_company_validation_uses_the_running_statistics(pair, a_twin):
    own, plain = pair
    maps = torch.randn(4, 3, 5, 2)
    assert torch.equal(own.eval()(maps), plain.eval()(maps))


def test_half_precision_is_measured_in_full_and_returned_in_half(pair, a_twin):
    own, _ = pair
    maps = 300.0 + torch.randn(4, 3, 5, 2)
    found = own(maps.half())
    assert found.dtype == torch.float16
    full = own(maps.half().float())
    torch.testing.assert_close(found.float(), full, atol=1e-2, rtol=1e-2)
