"""Vocos: levels and places of the mel before training, learning, refusals."""

import pytest
import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.mel import LogMel
from espnet2.gen_audio.vocoder.build import build_vocoder
from espnet2.gen_audio.vocoder.vocos import Vocos

GEOMETRY = ClipGeometry(seconds=0.64)
SMALL = {"channels": 16, "hidden": 32, "blocks": 2}


def vocoder():
    torch.manual_seed(0)
    return Vocos(GEOMETRY, **SMALL)


def bursts(samples=10240):
    noise = torch.randn(2, samples, generator=torch.Generator().manual_seed(0))
    time = torch.arange(samples) / samples
    return 0.2 * noise * torch.stack([time, (12 * time).sin().abs()])


def test_a_mel_becomes_a_waveform_of_its_length():
    assert vocoder()(torch.zeros(2, 64, 64)).shape == (2, 64 * 160)
    assert vocoder()(torch.zeros(1, 7, 64)).shape == (1, 7 * 160)


def test_magnitudes_are_those_of_the_mel_before_training():
    net = vocoder()
    wave = bursts()
    torch.nn.init.zeros_(net.head.weight[:513])
    with torch.no_grad():
        found = net.spectrum(LogMel(GEOMETRY)(wave)).abs()
    true = net.frames.analyse(wave).abs()
    ratio = found.mean(dim=2) / true.mean(dim=2)  # of each bin, over time
    assert ratio.mean().item() == pytest.approx(1.0, abs=0.05)
    assert ratio[:, 2:-2].std() < 0.2


def test_the_level_of_the_sound_follows_that_of_the_mel():
    net = vocoder()
    torch.nn.init.zeros_(net.head.weight)
    torch.nn.init.ones_(net.head.bias)
    mel = LogMel(GEOMETRY)(bursts())
    with torch.no_grad():
        quiet, loud = net(mel), net(mel + 1.0)
    torch.testing.assert_close(loud, quiet * torch.e, rtol=1e-4, atol=1e-6)


def test_updates_of_the_estimate_bring_its_mel_nearer_to_the_given_one():
    mel = LogMel(GEOMETRY)(bursts())
    errors = []
    for steps in (0, 5):
        net = Vocos(GEOMETRY, **SMALL, inversion_steps=steps)
        torch.nn.init.zeros_(net.head.weight[:513])
        with torch.no_grad():
            bands = net.bank @ net.spectrum(mel).abs()
        errors.append((bands.log().transpose(1, 2) - mel).abs().mean().item())
    assert errors[1] < 0.3 * errors[0]


def test_rounds_keep_magnitudes_and_bring_overlapping_frames_to_agree():
    torch.manual_seed(0)
    net = Vocos(GEOMETRY, **SMALL, inversion_steps=5)
    mel = LogMel(GEOMETRY)(bursts())
    distances = []
    for iterations in (0, 1, 4):
        net.iterations = iterations
        with torch.no_grad():
            wanted = net.spectrum(mel).abs()
            reached = net.frames.analyse(net(mel)).abs()
        distances.append(((reached - wanted).norm() / wanted.norm()).item())
    assert distances[0] > distances[1] > distances[2]


def test_it_runs_in_double_precision_and_under_autocast():
    torch.manual_seed(0)
    net = Vocos(GEOMETRY, **SMALL, inversion_steps=5, iterations=2)
    mel = LogMel(GEOMETRY)(bursts())
    with torch.no_grad():
        single = net(mel)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            half = net(mel)
        double = net.double()(mel.double())
    assert half.dtype == single.dtype == torch.float32
    assert double.dtype == torch.float64
    torch.testing.assert_close(double.float(), single, rtol=1e-2, atol=1e-4)
    assert (half - single).norm() < 0.2 * single.norm()


def test_gradients_are_finite_through_rounds_over_silence():
    torch.manual_seed(0)
    net = Vocos(GEOMETRY, **SMALL, inversion_steps=5, iterations=2)
    mel = torch.full((1, 64, 64), -11.5)
    net(mel).square().mean().backward()
    for name, weight in net.named_parameters():
        assert weight.grad.isfinite().all(), name


def test_a_constant_output_can_be_a_steady_tone():
    net, mel = vocoder(), torch.zeros(1, 64, 64)
    with torch.no_grad():
        net.head.weight.zero_()
        net.head.bias[3 * 513 : 4 * 513] = 1.0  # the rotating term, at angle 0
        net.spread.zero_()[40] = 1.0 / 64  # one bin sounds
        wave = net(mel)[0, 800:-800]
    time = torch.arange(len(wave)) / 1024
    tone = torch.exp(2j * torch.pi * 40 * time) @ wave.to(torch.complex64)
    explained = 2 * tone.abs() ** 2 / len(wave) / wave.square().sum()
    assert explained.item() == pytest.approx(1.0, abs=1e-3)


def test_frames_far_away_change_nothing():
    net = vocoder()
    mel = torch.randn(1, 64, 64, generator=torch.Generator().manual_seed(0)) - 4
    other = mel.clone()
    other[:, 40:] = -2.0
    with torch.no_grad():
        one, two = net(mel), net(other)
    # three kernels of 7 frames and half a window reach 9 + 4 frames
    assert torch.equal(one[:, : 26 * 160], two[:, : 26 * 160])
    assert not torch.equal(one[:, 36 * 160 :], two[:, 36 * 160 :])


def test_no_sound_is_changed_by_what_stands_beside_it():
    net = vocoder()
    mel = LogMel(GEOMETRY)(bursts())
    with torch.no_grad():
        torch.testing.assert_close(net(mel)[1:], net(mel[1:]), rtol=0, atol=1e-5)


def test_every_weight_learns_from_the_losses_of_the_task():
    model = build_vocoder(
        {
            "geometry_conf": {"seconds": 0.64},
            "vocoder": "vocos",
            "vocoder_conf": SMALL,
            "discriminator_conf": {"scales": 1, "periods": [2]},
            "loss_conf": {
                "stft_weight": 1.0,
                "stft_resolutions": [[512, 50]],
                "adversarial_start": 10,
            },
        }
    )
    model(bursts())["loss"].backward()
    for name, weight in model.vocoder.named_parameters():
        assert weight.grad is not None and weight.grad.abs().sum() > 0, name


def test_a_few_steps_bring_the_mel_nearer():
    net = vocoder()
    log_mel = LogMel(GEOMETRY)
    mel = log_mel(bursts())
    optimiser = torch.optim.AdamW(net.parameters(), lr=5e-3)
    losses = []
    for _ in range(20):
        loss = (log_mel(net(mel)) - mel).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]


@pytest.mark.parametrize(
    "conf, message",
    [
        ({"kernel_size": 6}, "kernel_size 6 odd"),
        ({"blocks": 0}, "blocks 0 must be 1 or more"),
        ({"residual_limits": [1.0, 3.0]}, "residual_limits 1.0, 3.0"),
        ({"iterations": -1}, "iterations -1 must"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(conf, message):
    with pytest.raises(ValueError, match=message):
        Vocos(GEOMETRY, **conf)
