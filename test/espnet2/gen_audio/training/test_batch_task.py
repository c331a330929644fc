"""Batches of one process and of several."""

import pytest
from espnet2.train.distributed_utils import DistributedOption

from espnet2.gen_audio.training import batch_task
from espnet2.gen_audio.training.rank_draws import OwnDraws
from espnet2.gen_audio.training.shuffled_batches import ShuffledBatches


@pytest.fixture
def batches_of(toy, toy_data, tmp_path, monkeypatch):
    """Return the batches that a process of several gets in one pass."""

    def built(rank, ranks, mode="train", **options):
        monkeypatch.setattr(batch_task, "own_rank", lambda: rank)
        monkeypatch.setattr(batch_task, "number_of_ranks", lambda: ranks)
        words = toy.command(toy_data, tmp_path, **options)
        args = toy.ToyTask.get_parser().parse_args(words)
        options = DistributedOption()
        return toy.ToyTask.build_iter_factory(args, options, mode)

    return lambda *args, **options: built(*args, **options).sampler.generate(4)


def test_processes_split_each_batch_of_one_process(batches_of):
    whole = batches_of(0, 1, batch_size=5)
    first, second = (batches_of(rank, 2, batch_size=5) for rank in (0, 1))
    for batch, own, other in zip(whole, first, second, strict=True):
        assert own == batch[0::2] and other == batch[1::2]


def test_a_clip_is_not_tied_to_a_process(toy, batches_of):
    passes = [
        {key for batch in batches_of(rank, 2, batch_size=4) for key in batch}
        for rank in (0, 1)
    ]
    assert passes[0].isdisjoint(passes[1])
    # ESPnet would give every second clip of the list to one process for good
    assert len({int(key[4:]) % 2 for key in passes[0]}) == 2


def test_batches_too_small_for_the_processes_are_refused(batches_of):
    with pytest.raises(ValueError, match="batch of 4 clips .* among 5 processes"):
        batches_of(0, 5, batch_size=4)


def test_only_processes_after_the_first_seed_their_workers(
    toy, toy_data, tmp_path, monkeypatch
):
    args = toy.ToyTask.get_parser().parse_args(toy.command(toy_data, tmp_path))
    monkeypatch.setattr(
        toy.ToyTask, "build_preprocess_fn", lambda *args, **options: dict
    )
    found = []
    for rank in (0, 1):
        monkeypatch.setattr(batch_task, "own_rank", lambda rank=rank: rank)
        for mode in ("train", "valid"):
            factory = toy.ToyTask.build_iter_factory(args, DistributedOption(), mode)
            found.append(isinstance(factory.dataset.preprocess, OwnDraws))
    assert found == [False, False, True, False]


def test_sorted_batches_stay_those_of_the_toolkit(toy, toy_data, tmp_path):
    words = toy.command(toy_data, tmp_path, batch_type="sorted")
    args = toy.ToyTask.get_parser().parse_args(words)
    factory = toy.ToyTask.build_iter_factory(args, DistributedOption(), "train")
    assert not isinstance(factory.sampler, ShuffledBatches)
