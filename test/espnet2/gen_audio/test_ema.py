"""Moving average of weights: its law, its counter, its swap, and its file form."""

import copy

import pytest
import torch

from espnet2.gen_audio.ema import WeightAverage


def net():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 2))


def shift(module, amount):
    with torch.no_grad():
        for weight in module.parameters():
            weight.add_(amount)


def test_the_average_follows_the_written_recursion():
    module = net()
    average = WeightAverage(module, decay=0.9, ramp=True)
    expected = None
    for n in range(30):
        shift(module, 0.1 * (n + 1))
        weight = module[0].weight.detach().double()
        keep = min(0.9, (1 + n) / (10 + n))
        expected = weight if n == 0 else keep * expected + (1 - keep) * weight
        average.update(module)
    average.copy_to(module)
    torch.testing.assert_close(module[0].weight.double(), expected, rtol=0, atol=1e-5)


def test_the_first_update_copies_weights_that_were_loaded_after_construction():
    module = net()
    average = WeightAverage(module)
    shift(module, 5.0)
    loaded = copy.deepcopy(module.state_dict())
    average.update(module)
    shift(module, 1.0)
    average.copy_to(module)
    for name, weight in module.state_dict().items():
        assert torch.equal(weight, loaded[name])


def test_before_any_update_the_live_weights_stay_in_use():
    module = net()
    average = WeightAverage(module)
    shift(module, 5.0)
    live = module[0].weight.detach().clone()
    with average.swapped(module):
        assert torch.equal(module[0].weight, live)
    average.copy_to(module)
    assert torch.equal(module[0].weight, live)


def test_reset_starts_the_average_again():
    module = net()
    average = WeightAverage(module)
    average.update(module)
    shift(module, 3.0)
    average.reset()
    average.update(module)
    live = module[0].weight.detach().clone()
    average.copy_to(module)
    assert torch.equal(module[0].weight, live)


def test_swapping_restores_every_bit_even_after_an_error():
    module = net()
    average = WeightAverage(module, decay=0.5)
    average.update(module)
    shift(module, 0.3)
    average.update(module)
    live = copy.deepcopy(module.state_dict())
    with pytest.raises(KeyError):
        with average.swapped(module):
            assert not torch.equal(module[0].weight, live["0.weight"])
            raise KeyError
    assert all(torch.equal(module.state_dict()[name], live[name]) for name in live)


def test_a_saved_average_continues_its_counter_and_gives_the_same_weights(tmp_path):
    module = net()
    average = WeightAverage(module, decay=0.9)
    for _ in range(3):
        shift(module, 0.2)
        average.update(module)
    torch.save(average.state_dict(), tmp_path / "average.pth")
    other = WeightAverage(net(), decay=0.9)
    other.load_state_dict(torch.load(tmp_path / "average.pth", weights_only=True))
    twin = copy.deepcopy(module)
    for kept, target in ((average, module), (other, twin)):
        kept.update(target)
        kept.copy_to(target)
    assert other.num_updates.item() == 4
    assert torch.equal(module[1].bias, twin[1].bias)


def test_nothing_in_it_is_trained_or_an_integer():
    average = WeightAverage(net())
    assert not any(weight.requires_grad for weight in average.parameters())
    assert all(value.is_floating_point() for value in average.state_dict().values())


def test_the_module_itself_is_not_saved_twice():
    module = net()
    names = list(WeightAverage(module).state_dict())
    assert len(names) == len(module.state_dict()) + 1  # and the counter


def test_another_module_is_refused():
    average = WeightAverage(net())
    with pytest.raises(ValueError, match="weights and the average"):
        average.update(torch.nn.Linear(3, 4))


def test_a_decay_of_one_is_refused():
    with pytest.raises(ValueError, match="decay 1.0"):
        WeightAverage(net(), decay=1.0)
