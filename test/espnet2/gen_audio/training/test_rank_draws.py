"""Random numbers of one process of several."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from espnet2.gen_audio.training import rank_draws
from espnet2.gen_audio.training.rank_draws import OwnDraws, begin_epoch


class Examples(Dataset):
    """Six examples, each a number that its preprocessor draws."""

    def __init__(self, preprocess):
        self.preprocess = preprocess

    def __len__(self):
        return 6

    def __getitem__(self, place):
        return self.preprocess(f"clip{place}", {})["drawn"]


def draw(uid, data):
    return {"drawn": np.random.rand()}


def seed_as_espnet(worker):
    np.random.seed(7 + worker)


def drawn_in_workers(preprocess, seed):
    torch.manual_seed(seed)
    loader = DataLoader(
        Examples(preprocess), num_workers=2, worker_init_fn=seed_as_espnet
    )
    return [float(value) for value in loader]


def test_workers_of_two_processes_draw_nothing_alike():
    first = drawn_in_workers(draw, 1)
    assert drawn_in_workers(draw, 2) == first  # all that ESPnet does
    own, again = (drawn_in_workers(OwnDraws(draw), seed) for seed in (2, 2))
    assert own == again
    assert set(own).isdisjoint(first) and len(set(own)) == 6
    assert set(drawn_in_workers(OwnDraws(draw), 3)).isdisjoint(own)


def test_without_workers_nothing_is_seeded():
    np.random.seed(5)
    expected = np.random.rand()
    np.random.seed(5)
    assert OwnDraws(draw)("clip0", {})["drawn"] == expected


@pytest.mark.parametrize("rank", [0, 1])
def test_the_first_process_keeps_its_numbers_and_others_get_their_own(
    monkeypatch, rank
):
    monkeypatch.setattr(rank_draws, "own_rank", lambda: rank)
    model = torch.nn.Linear(1, 1)
    drawn = []
    for epoch in (1, 2, 1):
        torch.manual_seed(3 + epoch)
        plain = torch.rand(())
        torch.manual_seed(3 + epoch)
        begin_epoch(model, [], 3, epoch)
        drawn.append(float(torch.rand(())))
        assert (drawn[-1] == float(plain)) == (rank == 0)
    assert drawn[0] == drawn[2] != drawn[1]


def test_gradients_of_an_unfinished_step_are_dropped():
    model = torch.nn.Linear(2, 1)
    model(torch.ones(1, 2)).sum().backward()
    begin_epoch(model, [torch.optim.SGD(model.parameters(), lr=1.0)], 0, 1)
    assert all(weight.grad is None for weight in model.parameters())
