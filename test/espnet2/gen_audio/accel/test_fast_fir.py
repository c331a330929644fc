"""Convolutions by the fast FIR algorithm: torch's own numbers, at any length."""

import pytest
import torch
from torch.nn.functional import leaky_relu

from espnet2.gen_audio.accel import fast_fir, fast_hifi_gan


def layer(taps, dilation, channels=6):
    torch.manual_seed(0)
    padding = (taps - 1) // 2 * dilation
    made = torch.nn.Conv1d(channels, 5, taps, padding=padding, dilation=dilation)
    return made.double().requires_grad_(False)


@torch.no_grad()
@pytest.mark.parametrize("taps", [3, 7, 11])
@pytest.mark.parametrize("dilation", [1, 3, 5])
@pytest.mark.parametrize("length", [1, 2, 5, 16, 40, 41])
def test_it_is_activation_and_convolution(taps, dilation, length):
    conv, states = layer(taps, dilation), torch.randn(2, 6, 1, length).double()
    states = states.contiguous(memory_format=torch.channels_last)
    given, wanted = states.clone(), conv(leaky_relu(states[:, :, 0], 0.1))
    got = fast_fir.activate_conv(conv, states, 0.1)
    torch.testing.assert_close(got[:, :, 0], wanted, rtol=0, atol=1e-13)
    assert torch.equal(states, given)
    assert got.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    "taps, dilation, channels, faster",
    [
        (11, 5, 64, True),
        (11, 1, 32, False),
        (7, 3, 256, True),
        (7, 3, 128, False),
        (3, 1, 512, False),
        (13, 1, 512, False),  # c is even
        (11, 2, 512, False),
    ],
)
def test_it_is_used_for_wide_layers_of_its_form(taps, dilation, channels, faster):
    assert fast_fir.is_faster(layer(taps, dilation, channels)) is faster


@torch.no_grad()
def test_the_generator_uses_it_and_leaves_its_input(monkeypatch):
    monkeypatch.setattr(fast_fir, "FASTER_FROM", ((3, 1),))
    conv, states = layer(7, 3), torch.randn(1, 6, 1, 20).double()
    states = states.contiguous(memory_format=torch.channels_last)
    given, wanted = states.clone(), conv(leaky_relu(states[:, :, 0], 0.1))
    got = fast_hifi_gan._activate_conv(conv, states, 0.1, leaky_relu)
    torch.testing.assert_close(got[:, :, 0], wanted, rtol=0, atol=1e-13)
    assert torch.equal(states, given)
