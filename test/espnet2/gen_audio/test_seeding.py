"""Random numbers of a clip: the same in any company, spread over the schedule."""

import torch

from espnet2.gen_audio.seeding import (
    fraction_of,
    generator_of,
    generators_of,
    normal_of,
)


def test_a_clip_has_the_same_numbers_whatever_its_batch_and_place():
    alone = normal_of([generator_of(3, "dog")], (2, 5))[0]
    third = normal_of([generator_of(3, name) for name in ("a", "b", "dog")], (2, 5))[2]
    assert torch.equal(alone, third)


def test_noise_of_a_clip_does_not_depend_on_order_and_a_generator_moves_on():
    generators = generators_of(1, ["a", "b", "c"])
    first, second = (normal_of(generators, (2, 3, 4)) for _ in range(2))
    reversed_pair = normal_of(generators_of(1, ["c", "a"]), (2, 3, 4))
    assert torch.equal(first[[2, 0]], reversed_pair)
    assert not torch.equal(first[0], first[1]) and not torch.equal(first, second)


def test_seed_and_id_both_change_the_numbers():
    numbers = [
        normal_of([generator_of(seed, name)], (4,))
        for seed, name in ((0, "dog"), (1, "dog"), (0, "cat"))
    ]
    assert not torch.equal(numbers[0], numbers[1])
    assert not torch.equal(numbers[0], numbers[2])


def test_the_numbers_are_standard_normal():
    noise = normal_of([generator_of(0, "dog")], (100000,))
    assert abs(noise.mean()) < 0.01
    assert abs(noise.std() - 1) < 0.01


def test_fractions_fall_into_their_interval_and_fill_it():
    drawn = [fraction_of(generator_of(0, str(n)), 2, 4) for n in range(300)]
    assert min(drawn) >= 0.5
    assert max(drawn) < 0.75
    assert max(drawn) - min(drawn) > 0.2
