"""Copies of one network: equal, drifted in statistics only, or refused."""

import pytest
import torch

from espnet2.gen_audio.checkpoint.official.copies import compare_copies


@pytest.fixture
def state():
    return {
        "bn0.weight": torch.ones(3),
        "bn0.running_mean": torch.zeros(3),
        "bn0.num_batches_tracked": torch.tensor(5),
        "linear.weight": torch.arange(6.0).view(2, 3),
    }


def copy_of(state):
    return {name: tensor.clone() for name, tensor in state.items()}


def test_equal_copies_give_one_line_that_says_which_was_left_out(state):
    (note,) = compare_copies(state, copy_of(state), "a.", "b.")
    assert note == "b.* (4 tensors): copy of a.*, equal, left out"


def test_drift_of_batch_statistics_is_listed_with_its_largest_difference(state):
    other = copy_of(state)
    other["bn0.running_mean"][1] = 0.25
    (note,) = compare_copies(state, other, "a.", "b.")
    assert "batch normalisation differ by up to 0.25" in note
    other["bn0.num_batches_tracked"] += 40
    (note,) = compare_copies(state, other, "a.", "b.")
    assert "up to 40" in note


def test_a_weight_that_differs_is_refused_by_both_names(state):
    other = copy_of(state)
    other["linear.weight"][1, 1] += 1e-6
    with pytest.raises(ValueError, match=r"a\.linear\.weight.*b\.linear\.weight by up"):
        compare_copies(state, other, "a.", "b.")


def test_a_learned_weight_of_a_batch_norm_counts_as_a_weight(state):
    other = copy_of(state)
    other["bn0.weight"][0] = 0.9
    with pytest.raises(ValueError, match=r"a\.bn0\.weight differs"):
        compare_copies(state, other, "a.", "b.")


def test_a_number_that_became_nan_is_a_difference(state):
    other = copy_of(state)
    other["linear.weight"][0, 0] = float("nan")
    with pytest.raises(ValueError, match="differs .* by up to inf"):
        compare_copies(state, other, "a.", "b.")


@pytest.mark.parametrize("side", ["a", "b"])
def test_a_tensor_of_one_copy_only_is_refused(state, side):
    copies = {"a": state, "b": copy_of(state)}
    del copies[side]["linear.weight"]
    lacking = rf"no counterpart {side}\.linear\.weight"
    with pytest.raises(ValueError, match=lacking):
        compare_copies(copies["a"], copies["b"], "a.", "b.")


def test_other_shapes_are_refused_with_both(state):
    other = copy_of(state)
    other["linear.weight"] = torch.zeros(3, 2)
    with pytest.raises(ValueError, match=r"\(2, 3\).*\(3, 2\)"):
        compare_copies(state, other, "a.", "b.")
