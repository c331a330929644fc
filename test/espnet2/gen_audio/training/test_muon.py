"""Muon beside AdamW: what each updates, one learning rate, a state that resumes."""

import copy

import pytest
import torch

from espnet2.gen_audio.training import orthogonal
from espnet2.gen_audio.training.muon import MuonWithAdamW


@pytest.fixture(autouse=True)
def slow_bfloat16(monkeypatch):
    monkeypatch.setattr(orthogonal, "has_fast_bfloat16", lambda: False)


def network():
    torch.manual_seed(0)
    end = torch.nn.Linear(4 * 2 * 2, 5)
    return torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.Flatten(), end)


def split(net):
    matrices = [p for p in net.parameters() if p.ndim > 1]
    return [p for p in net.parameters() if p.ndim == 1], matrices


def train(net, optimiser, steps, first=0):
    for step in range(first, first + steps):
        x = torch.randn(6, 3, 4, 4, generator=torch.Generator().manual_seed(step))
        optimiser.zero_grad()
        net(x).square().mean().backward()
        optimiser.step()


def in_single_precision(grad, coefficients, steps, eps):
    """Return what torch's Muon would without its rounding to bfloat16."""
    a, b, c = coefficients
    x = grad / grad.norm().clamp(min=eps)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x


@pytest.mark.skipif(
    not hasattr(torch.optim, "Muon"), reason="torch has Muon from release 2.9 on"
)
def test_a_matrix_moves_as_torchs_muon_moves_it_and_a_bias_as_adamw_does(monkeypatch):
    monkeypatch.setattr(
        "torch.optim._muon._zeropower_via_newtonschulz", in_single_precision
    )
    net = network()
    twin = copy.deepcopy(net)
    train(net, MuonWithAdamW(*split(net), lr=0.01, weight_decay=0.1), steps=5)
    options = dict(lr=0.01, weight_decay=0.1)
    muon = torch.optim.Muon([twin[2].weight], adjust_lr_fn="match_rms_adamw", **options)
    kernel = torch.nn.Parameter(twin[0].weight.detach().reshape(4, 27))
    muon.add_param_group({"params": [kernel]})
    adamw = torch.optim.AdamW([twin[0].bias, twin[2].bias], **options)
    for step in range(5):
        twin[0].weight.data = kernel.detach().reshape(4, 3, 3, 3)
        x = torch.randn(6, 3, 4, 4, generator=torch.Generator().manual_seed(step))
        twin.zero_grad()
        twin(x).square().mean().backward()
        kernel.grad = twin[0].weight.grad.reshape(4, 27)
        muon.step()
        adamw.step()
    twin[0].weight.data = kernel.detach().reshape(4, 3, 3, 3)
    for weight, expected in zip(net.parameters(), twin.parameters()):
        torch.testing.assert_close(weight, expected, rtol=0, atol=2e-6)


def test_matrices_of_one_shape_move_as_they_would_alone():
    torch.manual_seed(0)
    both = torch.nn.ModuleList(torch.nn.Linear(6, 6, bias=False) for _ in range(2))
    (alone,) = [copy.deepcopy(both[1])]
    grads = torch.randn(2, 6, 6)
    for net, own in ((both, grads), ([alone], grads[1:])):
        optimiser = MuonWithAdamW([], [layer.weight for layer in net], lr=0.1)
        for layer, grad in zip(net, own):
            layer.weight.grad = grad.clone()
        optimiser.step()
    torch.testing.assert_close(both[1].weight, alone.weight, rtol=0, atol=1e-6)


def test_the_update_of_a_kernel_is_nearly_orthogonal_as_a_matrix():
    net = network()
    before = net[0].weight.detach().clone()
    optimiser = MuonWithAdamW(*split(net), lr=1.0, weight_decay=0.0)
    train(net, optimiser, steps=1)
    update = (net[0].weight.detach() - before).reshape(4, 27)
    singular = torch.linalg.svdvals(update) / (0.2 * 27**0.5)
    assert singular.min() > 0.5 and singular.max() < 1.3


def test_a_scheduler_sets_one_rate_and_the_ratio_multiplies_it_for_matrices():
    net, ratioed = network(), network()
    optimiser = MuonWithAdamW(*split(net), lr=0.5)
    half = MuonWithAdamW(*split(ratioed), lr=0.25, muon_lr_ratio=2.0, weight_decay=0.0)
    for group in optimiser.param_groups:
        group["weight_decay"] = 0.0
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 0.1)
    other = torch.optim.lr_scheduler.LambdaLR(half, lambda step: 0.1)
    assert [g["lr"] for g in optimiser.param_groups] == [0.05, 0.05]
    assert [g["lr"] for g in half.param_groups] == [0.025, 0.025]
    train(net, optimiser, steps=1)
    train(ratioed, half, steps=1)
    schedule.step(), other.step()
    torch.testing.assert_close(net[0].weight, ratioed[0].weight, rtol=0, atol=1e-7)
    assert not torch.allclose(net[0].bias, ratioed[0].bias)


def test_a_saved_state_goes_on_as_if_there_had_been_no_stop(tmp_path):
    net = network()
    train(net, MuonWithAdamW(*split(net)), steps=6)
    stopped = network()
    optimiser = MuonWithAdamW(*split(stopped), lr=1e-3)
    train(stopped, optimiser, steps=3)
    torch.save([stopped.state_dict(), optimiser.state_dict()], tmp_path / "state.pth")
    weights, state = torch.load(tmp_path / "state.pth", weights_only=True)
    again = network()
    again.load_state_dict(weights)
    optimiser = MuonWithAdamW(*split(again), lr=7.0)
    optimiser.load_state_dict(state)
    train(again, optimiser, steps=3, first=3)
    for weight, expected in zip(again.parameters(), net.parameters()):
        assert torch.equal(weight, expected)


def test_a_parameter_without_gradient_stays_as_it_is():
    net = network()
    optimiser = MuonWithAdamW(*split(net), weight_decay=0.5)
    train(net, optimiser, steps=1)
    kernel = net[0].weight.detach().clone()
    optimiser.zero_grad()
    net[2].weight.grad = torch.ones_like(net[2].weight)
    optimiser.step()
    assert torch.equal(net[0].weight, kernel)


def test_the_closure_is_called_with_gradients_on_and_its_loss_returned():
    net = network()
    optimiser = MuonWithAdamW(*split(net))
    before = net[2].weight.detach().clone()

    def closure():
        loss = net(torch.ones(1, 3, 4, 4)).square().sum()
        loss.backward()
        return loss.item()

    assert optimiser.step(closure) > 0.0
    assert not torch.equal(net[2].weight, before)


@pytest.mark.parametrize("ratio", [0.0, -1.0, float("inf"), float("nan")])
def test_a_ratio_that_is_no_positive_number_is_refused(ratio):
    with pytest.raises(ValueError, match="muon_lr_ratio"):
        MuonWithAdamW(*split(network()), muon_lr_ratio=ratio)
