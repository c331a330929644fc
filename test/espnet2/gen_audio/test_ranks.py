"""What processes agree on, seen from one process; ``test/ranks`` has two of them."""

import random

import numpy as np
import pytest
import torch

from espnet2.gen_audio import ranks


def test_alone_a_process_gets_back_what_it_gave():
    values = torch.randn(3, requires_grad=True)
    assert ranks.sum_over_ranks(values) is values
    assert ranks.smallest_over_ranks(7, "cpu") == 7
    assert ranks.share_of(5, "cpu") == 1.0
    assert ranks.by_first_rank(lambda: "done") == "done"
    assert (ranks.number_of_ranks(), ranks.own_rank()) == (1, 0)


def test_moments_alone_are_those_of_torch_bit_for_bit():
    rows = torch.randn(9, 4)
    mean, variance = ranks.moments_over_ranks(rows)
    assert torch.equal(mean, rows.mean(dim=0))
    assert torch.equal(variance, rows.var(dim=0, unbiased=False))


def test_the_first_process_has_the_seed_of_the_toolkit_and_no_other_has_it():
    places = [(s, e, r) for s in (0, 1, 7) for e in range(1, 60) for r in range(8)]
    assert all(ranks.seed_of(s, e, 0) == s + e for s, e, _ in places)
    others = {ranks.seed_of(s, e, r) for s, e, r in places if r}
    assert len(others) == 3 * 59 * 7
    assert others.isdisjoint(range(100)) and max(others) < 2**32


def test_a_seed_decides_what_python_numpy_and_torch_draw():
    def drawn():
        return random.random(), np.random.rand(), float(torch.rand(()))

    ranks.seed_generators(3)
    first = drawn()
    ranks.seed_generators(4)
    assert all(a != b for a, b in zip(drawn(), first))
    ranks.seed_generators(3)
    assert drawn() == first


def test_alone_a_reason_to_stop_is_an_error_and_none_is_not():
    ranks.raise_on_every_rank(None, "cpu")
    with pytest.raises(RuntimeError, match="^clip7 is wrong$"):
        ranks.raise_on_every_rank("clip7 is wrong", "cpu")


def test_leaving_without_company_does_nothing():
    ranks.leave()
    assert ranks.number_of_ranks() == 1
