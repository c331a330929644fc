"""Clips are visited in proportion to their weights, by the seed, in equal batches."""

from collections import Counter

import pytest
from espnet2.samplers.abs_sampler import AbsSampler
from espnet2.train.distributed_utils import DistributedOption

from espnet2.gen_audio.training.shuffled_batches import ShuffledBatches
from espnet2.gen_audio.training.weighted_batches import (
    WeightedBatches,
    drawn_batches,
    read_weights,
)


class Runs(AbsSampler):
    def __len__(self):
        return 4

    def __iter__(self):
        names = [f"c{n:02d}" for n in range(10)]
        return iter([tuple(names[i : i + 3]) for i in range(0, 10, 3)])


KEYS = sorted(key for batch in Runs() for key in batch)


def counted(weights, passes):
    sampler = WeightedBatches(Runs(), weights)
    return [Counter(k for b in sampler.generate(s) for k in b) for s in range(passes)]


def test_visits_are_in_proportion_and_a_pass_rounds_them_up_or_down():
    weights = dict.fromkeys(KEYS, 1.0) | {"c00": 4.0, "c05": 0.25, "c09": 0.0}
    due = {key: weight * 10 / 11.25 - 1e-9 for key, weight in weights.items()}
    passes = counted(weights, 600)
    total = sum(passes, Counter())
    for key in KEYS:
        assert total[key] / 600 == pytest.approx(due[key], abs=0.06)
        assert all(abs(each[key] - due[key]) < 1 for each in passes)
    assert total["c09"] == 0


def test_equal_weights_visit_each_clip_once_a_pass():
    for each in counted({}, 20):
        assert each == Counter(KEYS)


def test_batches_keep_their_sizes_and_return_with_the_seed():
    sampler = WeightedBatches(Runs(), {"c00": 3.0})
    assert [len(batch) for batch in sampler.generate(5)] == [3, 3, 3, 1]
    assert sampler.generate(5) == WeightedBatches(Runs(), {"c00": 3.0}).generate(5)
    assert sampler.generate(5) != sampler.generate(6)


def test_visits_of_one_clip_are_not_beside_each_other_in_every_pass():
    sampler = WeightedBatches(Runs(), {"c00": 9.0})
    batches = [batch for seed in range(30) for batch in sampler.generate(seed)]
    assert any(batch.count("c00") == 0 for batch in batches)
    assert any(0 < batch.count("c00") < len(batch) for batch in batches)


def test_without_weights_batches_are_those_of_before():
    assert isinstance(drawn_batches(Runs(), "unsorted", None), ShuffledBatches)
    sampler = Runs()
    assert drawn_batches(sampler, "numel", None) is sampler


def test_sorted_batches_have_no_weights(tmp_path):
    with pytest.raises(ValueError, match="needs --batch_type unsorted, not numel"):
        drawn_batches(Runs(), "numel", tmp_path / "w")


@pytest.mark.parametrize("value", ["x", "-1", "nan", "inf", ""])
def test_what_is_no_weight_is_named_with_its_line(tmp_path, value):
    (tmp_path / "w").write_text(f"a 1\nb {value}\n")
    with pytest.raises(ValueError, match="w, line 2: .* is no weight of b"):
        read_weights(tmp_path / "w")


def test_all_weights_zero_are_refused():
    with pytest.raises(ValueError, match="all 10 clips have the weight 0"):
        WeightedBatches(Runs(), dict.fromkeys(KEYS, 0.0))


def test_a_training_takes_the_weights_of_its_option(toy, toy_data, tmp_path):
    words = toy.command(toy_data, tmp_path, batch_size=4)
    args = toy.ToyTask.get_parser().parse_args(words)
    one_process = DistributedOption()
    plain = toy.ToyTask.build_iter_factory(args, one_process, "train").sampler
    favourite = plain.keys[0]
    (tmp_path / "w").write_text("".join(f"{k} 0\n" for k in plain.keys[1:]))
    args.clip_weights = str(tmp_path / "w")
    weighted = toy.ToyTask.build_iter_factory(args, one_process, "train").sampler
    assert {key for batch in weighted.generate(0) for key in batch} == {favourite}
    valid = toy.ToyTask.build_iter_factory(args, one_process, "valid").sampler
    assert len({key for batch in valid.generate(0) for key in batch}) > 1
