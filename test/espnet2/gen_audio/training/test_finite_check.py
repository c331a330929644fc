"""Numbers that are not finite are refused by name, step and epoch."""

import pytest
import torch
from espnet2.train.reporter import Reporter

from espnet2.gen_audio.training.finite_check import (
    BatchIds,
    check_parameters,
    check_stats,
    losses_watched,
)


def phase(*steps: dict[str, float | None]):
    """Return what ESPnet collects over these steps."""
    collected = Reporter(epoch=1).start_epoch("valid", epoch=2)
    for stats in steps:
        collected.register(stats, 4)
        collected.next()
    return collected


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_is_named_with_step_and_epoch(value):
    stats = phase({"loss": 1.0}, {"loss": value})
    with pytest.raises(RuntimeError, match=r"valid loss is \w+ in step 2 of epoch 2"):
        check_stats(stats, ())


def test_a_criterion_of_any_name_must_be_finite():
    stats = phase({"mel_l1": float("nan")})
    with pytest.raises(RuntimeError, match="mel_l1"):
        check_stats(stats, {"mel_l1"})


def test_what_a_model_left_out_is_no_bad_number():
    check_stats(phase({"loss": 1.0, "l1": None}, {"loss": 2.0}), {"l1"} - {"l1"})


def test_infinity_is_refused_in_any_value():
    with pytest.raises(RuntimeError, match="l1 is inf"):
        check_stats(phase({"loss": 1.0, "l1": float("inf")}), ())


def test_a_weight_that_is_not_finite_is_named():
    model = torch.nn.Linear(2, 1)
    check_parameters(model, 3)
    torch.nn.init.constant_(model.bias, float("inf"))
    with pytest.raises(RuntimeError, match="weight bias .* epoch 3"):
        check_parameters(model, 3)


class Loss(torch.nn.Module):
    """Returns what it is given, in either form of an ESPnet model."""

    def forward(self, loss, as_mapping):
        if as_mapping:
            return {"loss": loss, "stats": {}, "weight": None, "optim_idx": 0}
        return loss, {}, None


@pytest.mark.parametrize("as_mapping", [False, True])
def test_the_batch_of_a_loss_that_is_not_finite_is_named_at_once(as_mapping):
    model, bad = Loss(), torch.tensor([2.0, float("nan")])
    given = [(["a", "b"], torch.tensor(1.0)), (["c", "d"], bad)]
    batches = BatchIds([*given, given[0]])
    assert len(batches) == 3
    done = []
    message = "train loss is nan in epoch 5; .* the clip that is wrong: c d$"
    with pytest.raises(RuntimeError, match=message):
        with losses_watched(model, batches, "train", 5):
            for ids, loss in batches:
                model(loss=loss, as_mapping=as_mapping)
                done.append(ids)
    assert done == [["a", "b"]]
    model(loss=bad, as_mapping=as_mapping)  # watched no more
