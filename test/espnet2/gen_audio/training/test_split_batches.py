"""The part of a batch that one process of several gets."""

import pytest
from espnet2.samplers.abs_sampler import AbsSampler

from espnet2.gen_audio.training.caption_draws import CountedVisits
from espnet2.gen_audio.training.split_batches import SplitBatches
from espnet2.gen_audio.training.weighted_batches import WeightedBatches


class Five(AbsSampler):
    """Two batches of five clips."""

    def __len__(self):
        return 2

    def __iter__(self):
        return iter([tuple("abcde"), tuple("fghij")])


def test_the_parts_of_all_processes_are_the_batches_of_one():
    parts = [SplitBatches(Five(), rank, 2).generate(0) for rank in (0, 1)]
    for whole, first, second in zip(Five(), *parts, strict=True):
        assert sorted(first + second) == list(whole)


def test_visits_of_a_clip_are_counted_over_all_processes():
    weights = dict.fromkeys("abcdefghij", 0.0) | {"a": 1.0}
    visits = CountedVisits(WeightedBatches(Five(), weights))
    numbers = [
        visit.number[1]
        for rank in (0, 1)
        for batch in SplitBatches(visits, rank, 2).generate(3)
        for visit in batch
    ]
    assert sorted(numbers) == list(range(10))  # so that each draws a caption anew


def test_a_batch_smaller_than_the_number_of_processes_is_refused():
    with pytest.raises(ValueError, match="batch of 5 clips .* among 6 processes"):
        SplitBatches(Five(), 0, 6)
