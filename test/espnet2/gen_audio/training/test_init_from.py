"""Initial weights: what is taken, where it goes, and that nothing is half done."""

import pytest
import torch

from espnet2.gen_audio.ema import WeightAverage
from espnet2.gen_audio.training.init_from import (
    init_model,
    split_source,
    under,
    with_averages,
)


class Pair(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.left = torch.nn.Linear(2, 2)
        self.right = torch.nn.Linear(3, 3)


def saved(tmp_path, state):
    torch.save(state, tmp_path / "weights.pth")
    return tmp_path / "weights.pth"


def test_a_part_of_a_file_goes_to_a_part_of_the_model(tmp_path):
    given = torch.nn.ModuleDict({"inner": torch.nn.Linear(3, 3)})
    path, model = saved(tmp_path, given.state_dict()), Pair()
    left = model.left.weight.clone()
    init_model(model, [f"{path}:inner:right"])
    assert torch.equal(model.right.weight, given["inner"].weight)
    assert torch.equal(model.right.bias, given["inner"].bias)
    assert torch.equal(model.left.weight, left)


def test_one_source_that_does_not_fit_leaves_the_model_untouched(tmp_path):
    good = saved(tmp_path, torch.nn.Linear(2, 2).state_dict())
    model = Pair()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    with pytest.raises(ValueError, match=r"weight \(2, 2\), not \(3, 3\)"):
        init_model(model, [f"{good}::left", f"{good}::right"])
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, before[name])


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda s: s.pop("bias"), "missing: bias"),
        (lambda s: s.update(scale=torch.ones(1)), "extra: scale"),
        (lambda s: s.update(bias=torch.tensor([0.0, float("nan")])), "finite: bias"),
        (lambda s: s.update(bias=3), "bias of type int"),
    ],
)
def test_weights_that_do_not_fit_are_refused_by_name(tmp_path, change, message):
    state, model = dict(torch.nn.Linear(2, 2).state_dict()), torch.nn.Linear(2, 2)
    change(state)
    with pytest.raises(ValueError, match=message) as refusal:
        init_model(model, [str(saved(tmp_path, state))])
    assert "--init_from" in str(refusal.value) and "FILE:SRC:DST" in str(refusal.value)


def test_a_moving_average_is_taken_in_place_of_the_live_weights(tmp_path):
    trained = torch.nn.ModuleDict({"net": torch.nn.Sequential(torch.nn.Linear(2, 2))})
    trained["ema"] = WeightAverage(trained["net"], decay=0.5, ramp=False)
    trained["ema"].update(trained["net"])
    torch.nn.init.zeros_(trained["net"][0].weight)
    trained["ema"].update(trained["net"])  # half of the way to zero
    model = torch.nn.ModuleDict({"net": torch.nn.Sequential(torch.nn.Linear(2, 2))})
    model["ema"] = WeightAverage(model["net"])
    init_model(model, [str(saved(tmp_path, trained.state_dict()))])
    expected = dict(trained["ema"].named_parameters())["0/weight"]
    assert expected.abs().sum() > 0
    assert torch.equal(model["net"][0].weight, expected)
    assert model["ema"].num_updates == 0  # so that it starts from what was loaded


def test_the_head_of_an_alignment_is_copied_where_both_have_one_only(tmp_path):
    def aligned(inner=False):
        part = torch.nn.ModuleDict(
            {"unet": torch.nn.Linear(2, 2), "alignment": torch.nn.Linear(3, 3)}
        )
        return torch.nn.ModuleDict({"ldm": part}) if inner else part

    given, joint = aligned(), aligned(inner=True)
    path, plain = saved(tmp_path, given.state_dict()), aligned()
    del plain["alignment"]
    init_model(plain, [str(path)])
    assert torch.equal(plain["unet"].weight, given["unet"].weight)
    init_model(joint, [f"{path}::ldm"])
    head = joint["ldm"]["alignment"]
    assert torch.equal(head.weight, given["alignment"].weight)
    path = saved(tmp_path, plain.state_dict())
    fresh = aligned(inner=True)
    before = fresh["ldm"]["alignment"].weight.clone()
    init_model(fresh, [f"{path}::ldm"])
    assert torch.equal(fresh["ldm"]["alignment"].weight, before)
    assert torch.equal(fresh["ldm"]["unet"].weight, given["unet"].weight)


def test_an_average_that_never_began_is_not_taken():
    net = torch.nn.Linear(2, 2)
    module = torch.nn.ModuleDict({"net": net, "ema": WeightAverage(net)})
    torch.nn.init.ones_(net.weight)
    state = with_averages(module.state_dict(), "weights.pth")
    assert torch.equal(state["net.weight"], torch.ones(2, 2))


def test_an_average_that_fits_two_modules_is_refused():
    net = torch.nn.Linear(2, 2)
    module = torch.nn.ModuleDict(
        {"net": net, "twin": torch.nn.Linear(2, 2), "ema": WeightAverage(net)}
    )
    module["ema"].update(net)
    with pytest.raises(ValueError, match="fit 2 modules"):
        with_averages(module.state_dict(), "weights.pth")


def test_a_file_with_a_pickle_is_not_executed(tmp_path):
    path = saved(tmp_path, {"weight": torch.nn.Linear(2, 2)})
    with pytest.raises(ValueError, match="weights.pth"):
        init_model(Pair(), [str(path)])


def test_an_empty_selection_says_what_there_is():
    with pytest.raises(
        ValueError, match=r"no weight is named lef\.\*.*'left', 'right'"
    ):
        under(Pair().state_dict(), "lef", "weights.pth")


def test_a_source_has_at_most_three_parts():
    assert split_source("a.pth") == ("a.pth", "", "")
    assert split_source("a.pth::b.c.") == ("a.pth", "", "b.c")
    with pytest.raises(ValueError, match="FILE"):
        split_source("a.pth:b:c:d")


def test_the_average_of_a_module_is_taken_from_inside_it_too(tmp_path):
    trained = torch.nn.ModuleDict({"net": torch.nn.ModuleDict()})
    trained["net"]["inner"] = torch.nn.Linear(2, 2)
    trained["ema"] = WeightAverage(trained["net"], decay=0.5, ramp=False)
    trained["ema"].update(trained["net"])
    torch.nn.init.zeros_(trained["net"]["inner"].weight)
    path, model = saved(tmp_path, trained.state_dict()), Pair()
    init_model(model, [f"{path}:net.inner:left"])
    assert model.left.weight.abs().sum() > 0  # the live weights are zero


def test_a_file_may_have_colons_in_its_path(tmp_path):
    folder = tmp_path / "2026-11-30_20:41"
    folder.mkdir()
    path, model = saved(folder, torch.nn.Linear(2, 2).state_dict()), Pair()
    assert split_source(f"{path}::left") == (str(path), "", "left")
    assert split_source(f"{path}:a:b") == (str(path), "a", "b")
    assert split_source(str(path)) == (str(path), "", "")
    init_model(model, [f"{path}::left"])
