"""Position tables: the formula, the published order and the one that was meant."""

import math

import pytest
import torch

from espnet2.gen_audio.audiomae.positions import position_table


def plain_row(column, row, width):
    quarter = width // 4
    rates = [10000 ** (-i / quarter) for i in range(quarter)]
    return [
        f(c * r) for c in (column, row) for f in (math.sin, math.cos) for r in rates
    ]


def test_the_class_token_has_no_position():
    assert not position_table(8, (3, 2))[0, 0].any()


def test_published_rows_carry_the_coordinates_of_the_transposed_grid():
    table = position_table(16, (64, 8))
    assert table.shape == (1, 513, 16)
    for n in (0, 1, 63, 64, 130, 511):
        expected = torch.tensor(plain_row(n % 64, n // 64, 16))
        torch.testing.assert_close(table[0, 1 + n], expected)


def test_true_rows_carry_the_patchs_own_coordinates():
    table = position_table(16, (64, 8), "true")
    for n in (0, 7, 8, 130, 511):
        expected = torch.tensor(plain_row(n % 8, n // 8, 16))
        torch.testing.assert_close(table[0, 1 + n], expected)


@pytest.mark.parametrize("order", ["published", "true"])
def test_no_two_patches_share_a_position(order):
    rows = position_table(32, (16, 8), order)[0, 1:]
    apart = torch.cdist(rows, rows) + torch.eye(128)
    assert apart.min() > 1e-3


def test_a_width_that_is_no_multiple_of_four_is_refused():
    with pytest.raises(ValueError, match="width 10"):
        position_table(10, (2, 2))


def test_an_unknown_order_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="published or true"):
        position_table(8, (2, 2), "correct")
