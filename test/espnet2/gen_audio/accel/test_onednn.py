"""Linear layers by oneDNN: torch's own numbers, names and gradients."""

import copy
from pathlib import Path

import pytest
import torch

from espnet2.gen_audio.accel import onednn

needs_onednn = pytest.mark.skipif(
    onednn.LINEAR is None,
    reason="this torch was built without oneDNN",
)


@pytest.fixture
def net():
    torch.manual_seed(0)
    layers = torch.nn.Linear(24, 40), torch.nn.GELU(), torch.nn.Linear(40, 8, False)
    return torch.nn.Sequential(*layers)


@pytest.fixture
def calls_of_onednn(monkeypatch):
    """Return a list that grows whenever oneDNN is called."""
    calls, real = [], onednn.LINEAR
    monkeypatch.setattr(
        onednn, "LINEAR", lambda *given: calls.append(1) or real(*given)
    )
    return calls


@needs_onednn
@torch.no_grad()
@pytest.mark.parametrize("shape", [(24,), (1, 24), (2, 7, 24), (3, 2, 5, 24), (0, 24)])
def test_the_numbers_are_those_of_torch_in_double_precision(
    net, calls_of_onednn, shape
):
    states = torch.randn(shape)
    wanted = copy.deepcopy(net).double()(states.double())
    onednn.use_onednn(net)
    got = net(states)
    assert len(calls_of_onednn) == 2 and got.shape == wanted.shape
    torch.testing.assert_close(got.double(), wanted, rtol=1e-5, atol=1e-6)


@torch.no_grad()
@pytest.mark.parametrize("used", [True, False], ids=["by oneDNN", "by torch"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_sums_and_gates_are_those_of_torch(net, dtype, used):
    layer, states = net[0].to(dtype), torch.randn(2, 7, 24, dtype=dtype)
    other = torch.randn(2, 7, 40, dtype=dtype)
    made = layer(states)
    values, gate = made.chunk(2, dim=-1)
    if used:
        onednn.use_onednn(layer)
    near = {"rtol": 1e-5, "atol": 2e-6} if dtype == torch.float32 else {}
    got = onednn.add_linear(layer, states, other)
    torch.testing.assert_close(got, other + made, **near)
    wanted = values * torch.nn.functional.gelu(gate)
    torch.testing.assert_close(onednn.gated_gelu(layer, states), wanted, **near)


@needs_onednn
@torch.no_grad()
def test_sums_and_gates_need_no_second_pass_by_torch(net, monkeypatch):
    layer, states = net[0], torch.randn(3, 24)
    onednn.use_onednn(layer)
    monkeypatch.setattr(onednn, "torch_linear", None)
    monkeypatch.setattr(onednn, "gelu", None)
    onednn.add_linear(layer, states, torch.zeros(3, 40))
    onednn.gated_gelu(layer, states)


@torch.no_grad()
@pytest.mark.parametrize("other", [torch.ones(1, 40), torch.ones(3, 40).double()])
def test_a_sum_with_one_row_or_another_precision_is_that_of_torch(net, other):
    layer, states = net[0], torch.randn(3, 24)
    wanted = other + layer(states)
    onednn.use_onednn(layer)
    got = onednn.add_linear(layer, states, other)
    torch.testing.assert_close(got, wanted, rtol=1e-5, atol=1e-6)


def test_gradients_of_sums_and_gates_go_through_torch(net):
    layer, states = net[0], torch.randn(3, 24)
    onednn.use_onednn(layer)
    made = onednn.add_linear(layer, states, torch.zeros(3, 40)).sum()
    (made + onednn.gated_gelu(layer, states).sum()).backward()
    assert layer.weight.grad.abs().max() > 0


@needs_onednn
@torch.no_grad()
def test_states_may_be_stored_in_any_order(net):
    states = torch.randn(24, 5, 2).permute(2, 1, 0)
    wanted = net(states)
    onednn.use_onednn(net)
    torch.testing.assert_close(net(states), wanted, rtol=1e-5, atol=1e-6)


def test_gradients_go_through_torch(net, calls_of_onednn):
    onednn.use_onednn(net)
    states = torch.randn(3, 24, requires_grad=True)
    net(states).square().sum().backward()
    assert not calls_of_onednn
    assert states.grad.abs().min() > 0 and net[0].weight.grad.abs().max() > 0


@torch.no_grad()
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_precisions_go_through_torch(net, calls_of_onednn, dtype):
    net, states = net.to(dtype), torch.randn(3, 24, dtype=dtype)
    wanted = net(states)
    onednn.use_onednn(net)
    assert torch.equal(net(states), wanted) and not calls_of_onednn


@torch.no_grad()
def test_without_onednn_torch_does_it(net, monkeypatch):
    states = torch.randn(3, 24)
    wanted = net(states)
    onednn.use_onednn(net)
    monkeypatch.setattr(onednn, "LINEAR", None)
    assert torch.equal(net(states), wanted)


@needs_onednn
@torch.no_grad()
def test_a_copy_uses_its_own_weights_and_names_stay(net):
    names = list(net.state_dict())
    onednn.use_onednn(net)
    other = copy.deepcopy(net)
    for weight in other.parameters():
        weight.zero_()
    states = torch.randn(3, 24)
    assert list(other.state_dict()) == names
    assert not other(states).any() and net(states).any()


@pytest.fixture
def cpu(monkeypatch):
    """Return a function that sets the make of the CPU and whether MKL is there."""

    def set_up(told, mkl=True):
        monkeypatch.setattr(torch.backends.mkl, "is_available", lambda: mkl)
        monkeypatch.setattr(Path, "read_text", lambda path: told[str(path)])
        onednn.mkl_is_slow.cache_clear()

    yield set_up
    onednn.mkl_is_slow.cache_clear()


@pytest.mark.parametrize(
    "make, mkl, slow",
    [
        ("AuthenticAMD", True, True),
        ("GenuineIntel", True, False),
        ("AuthenticAMD", False, False),
    ],
)
def test_mkl_is_slow_on_cpus_of_amd_alone(cpu, make, mkl, slow):
    cpu({"/proc/cpuinfo": f"processor : 0\nvendor_id : {make}\n"}, mkl)
    assert onednn.mkl_is_slow() is slow


def test_mkl_is_faster_for_few_rows_where_it_is_there_and_not_slow(cpu):
    cpu({"/proc/cpuinfo": "vendor_id : GenuineIntel\n"})
    assert onednn.mkl_is_faster(1) and onednn.mkl_is_faster(onednn.FEW_ROWS)
    assert not onednn.mkl_is_faster(onednn.FEW_ROWS + 1)
    cpu({"/proc/cpuinfo": "vendor_id : AuthenticAMD\n"})
    assert not onednn.mkl_is_faster(1)
    cpu({"/proc/cpuinfo": "vendor_id : GenuineIntel\n"}, mkl=False)
    assert not onednn.mkl_is_faster(1)


def test_where_no_file_names_the_cpu_mkl_is_taken_for_fast(cpu, monkeypatch):
    cpu({})

    def missing(path):
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "read_text", missing)
    assert onednn.mkl_is_slow() is False
