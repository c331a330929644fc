"""Batches drawn anew in every pass."""

from espnet2.samplers.abs_sampler import AbsSampler
from espnet2.train.distributed_utils import DistributedOption

from espnet2.gen_audio.training.shuffled_batches import ShuffledBatches


class Runs(AbsSampler):
    """Neighbours together, as ESPnet makes unsorted batches: 3, 3 and 2 of 8."""

    def __len__(self):
        return 3

    def __iter__(self):
        return iter([("a1", "a2", "a3"), ("b1", "b2", "b3"), ("c1", "c2")])


KEYS = sorted(key for batch in Runs() for key in batch)


def test_every_clip_comes_once_in_a_pass_and_sizes_are_kept():
    batches = ShuffledBatches(Runs()).generate(5)
    assert [len(batch) for batch in batches] == [3, 3, 2]
    assert sorted(key for batch in batches for key in batch) == KEYS


def test_companions_change_from_pass_to_pass_and_return_with_the_seed():
    sampler = ShuffledBatches(Runs())
    passes = [sampler.generate(seed) for seed in range(6)]
    assert len({tuple(batches) for batches in passes}) > 1
    assert sampler.generate(3) == passes[3]


def test_neighbours_are_parted():
    classes = [
        {key[0] for key in batch}
        for seed in range(20)
        for batch in ShuffledBatches(Runs()).generate(seed)
    ]
    assert sum(len(found) > 1 for found in classes) > 30  # of 60; none in ESPnet's own


def test_a_training_deals_its_clips_anew_but_validation_keeps_its_order(
    toy, toy_data, tmp_path
):
    words = toy.command(toy_data, tmp_path, batch_size=4)
    args = toy.ToyTask.get_parser().parse_args(words)
    one_process = DistributedOption()
    made = {
        mode: toy.ToyTask.build_iter_factory(args, one_process, mode)
        for mode in ("train", "valid")
    }
    passes = [list(made["train"].sampler.generate(seed)) for seed in (0, 1)]
    assert passes[0] != passes[1]
    assert list(made["valid"].sampler.generate(0)) == list(
        made["valid"].sampler.generate(1)
    )
