"""Orthogonalising many matrices: what Newton-Schulz steps give one at a time."""

import pytest
import torch

from espnet2.gen_audio.training import orthogonal
from espnet2.gen_audio.training.orthogonal import COEFFICIENTS, orthogonalised

SHAPES = [(4, 27), (27, 4), (6, 6), (1, 5)]


@pytest.fixture(autouse=True)
def slow_bfloat16(monkeypatch):
    monkeypatch.setattr(orthogonal, "has_fast_bfloat16", lambda: False)


def one_at_a_time(matrix, steps):
    """Make the steps as they are written down, on the whole matrix, in doubles."""
    a, b, c = COEFFICIENTS
    x = matrix.double() / matrix.double().norm()
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("steps", [0, 1, 5])
def test_many_matrices_become_what_each_becomes_alone(shape, steps):
    matrices = torch.randn(3, *shape, generator=torch.Generator().manual_seed(1))
    expected = torch.stack([one_at_a_time(each, steps) for each in matrices])
    found = orthogonalised(matrices, steps)
    torch.testing.assert_close(found.double(), expected, rtol=0, atol=2e-5)


def test_singular_values_come_near_one_and_singular_vectors_stay():
    matrix = torch.randn(8, 40, generator=torch.Generator().manual_seed(2))
    (found,) = orthogonalised(matrix[None])
    assert 0.6 < torch.linalg.svdvals(found).min()
    assert torch.linalg.svdvals(found).max() < 1.3
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    between = u.T @ found @ v.T
    torch.testing.assert_close(
        between, torch.diag(between.diagonal()), rtol=0, atol=1e-4
    )


def test_scale_does_not_matter_and_zeros_stay_zeros():
    matrix = torch.randn(1, 5, 9, generator=torch.Generator().manual_seed(3))
    torch.testing.assert_close(
        orthogonalised(matrix), orthogonalised(1000 * matrix), rtol=1e-4, atol=1e-5
    )
    assert orthogonalised(torch.zeros(1, 5, 9)).abs().max() == 0


@pytest.mark.parametrize("shape", SHAPES)
def test_steps_in_bfloat16_differ_by_its_rounding(shape, monkeypatch):
    matrices = torch.randn(3, *shape, generator=torch.Generator().manual_seed(5))
    expected = orthogonalised(matrices)
    monkeypatch.setattr(orthogonal, "has_fast_bfloat16", lambda: True)
    found = orthogonalised(matrices)
    assert found.dtype == torch.float32 and not torch.equal(found, expected)
    torch.testing.assert_close(found, expected, rtol=0, atol=0.05)


def test_matrices_of_half_precision_are_made_in_single_precision():
    matrix = torch.randn(1, 5, 9, generator=torch.Generator().manual_seed(4)).bfloat16()
    assert orthogonalised(matrix).dtype == torch.float32
