"""Batches of a list are those of the toolkit, without its memory."""

import pytest
from espnet2.samplers.unsorted_batch_sampler import UnsortedBatchSampler

from espnet2.gen_audio.training.listed_batches import ListedBatches, sizes_and_keys
from espnet2.gen_audio.training.shuffled_batches import ShuffledBatches


@pytest.fixture
def shapes(tmp_path):
    (tmp_path / "x_shape").write_text("".join(f"k{n} 3,4\n" for n in range(23)))
    return str(tmp_path / "x_shape")


@pytest.mark.parametrize("size", [1, 2, 5, 7, 22, 23, 24, 100])
@pytest.mark.parametrize("drop_last", [False, True])
def test_batches_are_those_of_the_toolkit(shapes, size, drop_last):
    toolkit = UnsortedBatchSampler(size, shapes, drop_last=drop_last)
    own = ListedBatches(shapes, size, drop_last)
    assert list(own) == [tuple(batch) for batch in toolkit] and len(own) == len(toolkit)


def test_a_pass_draws_the_clips_that_it_draws_of_the_toolkits_batches(shapes):
    passes = [
        ShuffledBatches(sampler).generate(3)
        for sampler in (UnsortedBatchSampler(4, shapes), ListedBatches(shapes, 4))
    ]
    assert passes[0] == passes[1]


def test_sizes_and_clips_of_any_batches():
    assert sizes_and_keys([("a", "b"), ("c",)]) == ([2, 1], ["a", "b", "c"])


def test_an_empty_list_is_refused(tmp_path):
    (tmp_path / "empty").touch()
    with pytest.raises(ValueError, match="empty is empty; give a list"):
        ListedBatches(str(tmp_path / "empty"), 4)
