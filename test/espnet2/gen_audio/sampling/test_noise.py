"""Initial noise: every clip's own."""

import torch

from espnet2.gen_audio.sampling.noise import generators_of, initial_noise


def test_noise_of_a_clip_does_not_depend_on_order_or_batch():
    all_three = initial_noise(generators_of(1, ["a", "b", "c"]), (2, 3, 4))
    reversed_pair = initial_noise(generators_of(1, ["c", "a"]), (2, 3, 4))
    assert torch.equal(all_three[[2, 0]], reversed_pair)


def test_clips_differ_and_a_generator_moves_on():
    generators = generators_of(1, ["a", "b"])
    first, second = (initial_noise(generators, (2, 3, 4)) for _ in range(2))
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(first, second)
