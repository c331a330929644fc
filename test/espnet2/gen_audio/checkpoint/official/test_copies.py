"""Copies of one network: equal, drifted in statistics only, or one is chosen."""

import pytest
import torch

from espnet2.gen_audio.checkpoint.official.copies import (
    compare_copies,
    pick_copy,
    use_of,
)

LM, UNET, RANKING = (
    "cond_stage_models.0.cond_stage_models.0.",
    "cond_stage_models.0.",
    "clap.",
)


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


def fault(state, other):
    return compare_copies(state, other, "a.", "b.").fault


def test_what_a_copy_is_for_follows_from_its_place():
    assert [use_of(p) for p in (LM, UNET, RANKING)] == ["loa_lm", "ldm", "ranking"]


def test_equal_copies_give_one_line_that_says_which_was_left_out(state):
    kept, use, notes = pick_copy(
        [(LM, state), (RANKING, copy_of(state))], "clap", "x.pth"
    )
    assert kept is state and use == "loa_lm"
    assert notes == [f"clap.model.* (4 tensors): copy of {LM}model.*, equal, left out"]


def test_drift_of_batch_statistics_is_listed_with_its_largest_difference(state):
    other = copy_of(state)
    other["bn0.running_mean"][1] = 0.25
    (note,) = pick_copy([(LM, state), (RANKING, other)], "clap", "x.pth")[2]
    assert "batch normalisation differ by up to 0.25" in note
    other["bn0.num_batches_tracked"] += 40
    found = compare_copies(state, other, "a.", "b.")
    assert (found.fault, found.drift) == (None, 40)


def test_copies_that_differ_are_explained_and_one_can_be_chosen(state):
    other = copy_of(state)
    other["linear.weight"][1, 1] += 1e-6
    other["bn0.weight"][0] = 0.9
    copies = [(LM, state), (RANKING, other)]
    with pytest.raises(ValueError) as caught:
        pick_copy(copies, "clap", "x.pth")
    message = str(caught.value)
    assert "\n" not in message and message.startswith("x.pth holds different copies of")
    assert f"{LM}* (conditions GPT-2) and clap.* (ranks candidates)" in message
    assert "by up to 0.1 (tensors that differ: 2)" in message
    assert "--clap_copy loa_lm or --clap_copy ranking" in message
    for wanted, taken in (("loa_lm", state), ("ranking", other)):
        kept, use, (note,) = pick_copy(copies, "clap", "x.pth", wanted)
        assert kept is taken and use == wanted
        assert "was chosen; tensors that differ: 2" in note


def test_a_choice_that_the_file_does_not_have_decides_nothing(state):
    same = [(LM, state), (RANKING, copy_of(state))]
    assert pick_copy(same, "clap", "x.pth", "ldm")[1] == "loa_lm"
    other = copy_of(state)
    other["linear.weight"][1, 1] += 1.0
    with pytest.raises(ValueError, match="none of them for ldm.*--t5_copy loa_lm"):
        pick_copy([(LM, state), (RANKING, other)], "t5", "x.pth", "ldm")


def test_a_weight_that_differs_is_named_by_both_names(state):
    other = copy_of(state)
    other["linear.weight"][1, 1] += 1e-6
    assert "a.linear.weight differs from its copy b.linear.weight by up" in fault(
        state, other
    )


def test_a_learned_weight_of_a_batch_norm_counts_as_a_weight(state):
    other = copy_of(state)
    other["bn0.weight"][0] = 0.9
    assert "a.bn0.weight differs" in fault(state, other)


def test_a_number_that_became_nan_is_a_difference(state):
    other = copy_of(state)
    other["linear.weight"][0, 0] = float("nan")
    assert "by up to inf" in fault(state, other)


@pytest.mark.parametrize("side", ["a", "b"])
def test_a_tensor_of_one_copy_only_is_named(state, side):
    copies = {"a": state, "b": copy_of(state)}
    del copies[side]["linear.weight"]
    lacking = f"no counterpart {side}.linear.weight"
    assert lacking in fault(copies["a"], copies["b"])


def test_other_shapes_are_named_with_both(state):
    other = copy_of(state)
    other["linear.weight"] = torch.zeros(3, 2)
    assert "shape (2, 3), its copy b.linear.weight (3, 2)" in fault(state, other)
