"""What the machine can do: counted as multiplications and additions."""

import torch

from espnet2.gen_audio.bench.ceiling import achieved, ceilings, operations


def test_a_matrix_product_has_two_operations_a_multiplication():
    left, right = torch.ones(3, 5), torch.ones(5, 7)
    assert operations(lambda: left @ right) == 2 * 3 * 5 * 7


def test_speeds_are_positive_numbers():
    left = torch.ones(64, 64)
    assert achieved(lambda: left @ left, 1) > 0
    assert all(speed > 0 for speed in ceilings(torch.float32, "cpu").values())
