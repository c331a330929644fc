"""Conditions: masks from lengths, mixing of rows, and what is refused."""

import pytest
import torch

from espnet2.gen_audio.condition.condition import (
    Condition,
    concatenate,
    rows_where,
)


def condition(lengths, width=2, value=1.0):
    lengths = torch.tensor(lengths)
    embedding = torch.full((len(lengths), int(lengths.max()), width), value)
    return Condition.from_lengths(embedding, lengths)


def test_lengths_give_the_mask_and_come_back():
    given = condition([3, 1, 2])
    assert given.mask.tolist() == [[1, 1, 1], [1, 0, 0], [1, 1, 0]]
    assert given.lengths.tolist() == [3, 1, 2]


def test_without_lengths_everything_counts():
    assert Condition.from_lengths(torch.zeros(2, 3, 4)).mask.all()


def test_where_takes_each_row_from_its_own_source():
    kept, null = condition([2, 3]), condition([1], value=-1.0)
    mixed = kept.where(torch.tensor([False, True]), null)
    assert mixed.lengths.tolist() == [1, 3]
    assert mixed.embedding[0][mixed.mask[0]].tolist() == [[-1.0, -1.0]]
    assert mixed.embedding[1][mixed.mask[1]].unique().tolist() == [1.0]


def test_where_pads_to_the_longer_side_whichever_it_is():
    short, long = condition([1, 1]), condition([4])
    assert short.where(torch.tensor([True, False]), long).lengths.tolist() == [1, 4]
    assert long.where(torch.tensor([True]), condition([1])).lengths.tolist() == [4]


def test_where_passes_gradients_to_kept_rows_only():
    embedding = torch.ones(2, 1, 2, requires_grad=True)
    kept = Condition.from_lengths(embedding)
    kept.where(torch.tensor([True, False]), condition([1])).embedding.sum().backward()
    assert embedding.grad.sum(dim=(1, 2)).tolist() == [2.0, 0.0]


def test_repeat_keeps_copies_of_a_row_together():
    repeated = condition([1, 2]).repeat(2)
    assert repeated.lengths.tolist() == [1, 1, 2, 2]


def test_concatenate_keeps_rows_and_their_lengths():
    joined = concatenate([condition([2]), condition([1, 3], value=5.0)])
    assert joined.lengths.tolist() == [2, 1, 3]
    assert joined.embedding[joined.mask].sum() == 2 * 2 + 4 * 2 * 5.0


def test_to_changes_the_dtype_of_the_embedding_alone():
    moved = condition([1]).to("cpu", torch.float64)
    assert (moved.embedding.dtype, moved.mask.dtype) == (torch.float64, torch.bool)


@pytest.mark.parametrize(
    "embedding, mask, message",
    [
        (torch.zeros(2, 3), torch.ones(2, 3, dtype=torch.bool), r"\(B, L, D\)"),
        (torch.zeros(2, 3, 4), torch.ones(2, 4, dtype=torch.bool), "does not fit"),
        (torch.zeros(2, 3, 4), torch.ones(2, 3), "bool"),
    ],
)
def test_misshapen_input_is_refused(embedding, mask, message):
    with pytest.raises(ValueError, match=message):
        Condition(embedding, mask)


def test_mixing_rows_of_other_widths_or_counts_is_refused():
    keep = torch.tensor([True, False])
    with pytest.raises(ValueError, match="widths 2 and 3"):
        condition([1, 1]).where(keep, condition([1], width=3))
    with pytest.raises(ValueError, match="3 rows"):
        condition([1, 1]).where(keep, condition([1, 1, 1]))


def test_rows_are_chosen_by_a_mask_and_keep_their_own_masks():
    given = {"a": condition([3, 1, 2]), "b": condition([1, 1, 1], value=2.0)}
    chosen = rows_where(given, torch.tensor([True, False, True]))
    assert chosen["a"].lengths.tolist() == [3, 2] and len(chosen["b"]) == 2
