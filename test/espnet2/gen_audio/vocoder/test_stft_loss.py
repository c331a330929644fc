"""Multi-resolution STFT loss: zero for equals, scale and finite gradients."""

import pytest
import torch

from espnet2.gen_audio.vocoder.stft_loss import MultiResolutionSTFTLoss


def test_equal_waveforms_have_no_distance():
    wave = torch.randn(2, 4800)
    assert MultiResolutionSTFTLoss()(wave, wave).item() == 0.0


def test_half_the_level_costs_half_the_energy_and_the_log_of_two():
    wave = torch.randn(2, 4800)
    distance = MultiResolutionSTFTLoss()(0.5 * wave, wave).item()
    assert distance == pytest.approx(0.5 + torch.tensor(2.0).log().item(), rel=1e-3)


def test_magnitudes_count_and_signs_do_not():
    wave = torch.randn(2, 4800)
    assert MultiResolutionSTFTLoss()(-wave, wave).item() == pytest.approx(0.0, abs=1e-5)


def test_silence_gives_finite_losses_and_gradients():
    generated = torch.zeros(1, 4800, requires_grad=True)
    loss = MultiResolutionSTFTLoss()(generated, torch.zeros(1, 4800))
    loss.backward()
    assert torch.isfinite(loss) and torch.isfinite(generated.grad).all()
