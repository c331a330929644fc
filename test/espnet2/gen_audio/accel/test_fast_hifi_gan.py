"""The fast generator: the library's numbers, whole or in segments."""

import pytest
import torch

from espnet2.gen_audio.accel.fast_hifi_gan import (
    generate,
    receptive_frames,
)
from espnet2.gen_audio.accel.prepare import prepare
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN

GEOMETRY = ClipGeometry(seconds=0.64, n_mels=16, fbank_bins=32, latent_channels=4)


def vocoder(odd_padding="floor", **changes):
    torch.manual_seed(0)
    model = HiFiGAN(
        GEOMETRY,
        upsample_initial_channel=64,
        initializer_range=None,
        odd_padding=odd_padding,
        **changes,
    )
    return model.double().eval().requires_grad_(False)


@torch.no_grad()
@pytest.mark.parametrize("odd_padding", ["floor", "ceil"])
@pytest.mark.parametrize("weight_norm", [True, False])
def test_it_gives_what_the_library_gives(odd_padding, weight_norm):
    model, mel = vocoder(odd_padding, weight_norm=weight_norm), torch.randn(2, 40, 16)
    wanted = model.net(mel.double())
    assert wanted.std() > 1e-3
    got = generate(model.net, mel.double(), model.hop)
    assert (got - wanted).abs().max() <= 1e-12 * wanted.abs().max()


@torch.no_grad()
@pytest.mark.parametrize("segment", [30, 47, 100])
def test_segments_make_no_difference(segment):
    model, mel = vocoder(), torch.randn(1, 150, 16).double()
    wanted = model.net(mel)
    got = generate(model.net, mel, model.hop, segment)
    assert got.shape == wanted.shape
    assert (got - wanted).abs().max() <= 1e-12 * wanted.abs().max()


@torch.no_grad()
def test_a_sample_depends_on_no_frame_beyond_the_receptive_field():
    model, mel = vocoder(), torch.randn(1, 120, 16).double()
    other = mel.clone()
    other[:, 60] += 1.0
    moved = (model.net(mel) - model.net(other))[0].abs() > 0
    touched = moved.nonzero().flatten() // model.hop
    margin = receptive_frames(model.net, model.hop)
    assert 60 - margin <= touched.min() and touched.max() <= 60 + margin
    assert 60 - touched.min() > margin // 2  # the bound is no empty one


@pytest.mark.parametrize("weight_norm", [True, False])
@pytest.mark.parametrize("trim", [True, False])
def test_a_prepared_vocoder_gives_the_same_waveform(weight_norm, trim):
    plain, fast = vocoder(weight_norm=weight_norm), vocoder(weight_norm=weight_norm)
    names, mel = list(fast.state_dict()), torch.randn(1, 40, 16).double()
    prepare(fast)
    wanted = plain(mel, trim)
    with torch.no_grad():
        got = fast(mel, trim)
    torch.testing.assert_close(got, wanted, rtol=1e-10, atol=1e-12)
    assert not torch.equal(got, wanted)  # it went another way
    assert list(fast.state_dict()) == names


def test_training_of_a_prepared_vocoder_goes_through_the_library():
    model = vocoder().requires_grad_(True)
    prepare(model)
    model(torch.randn(1, 8, 16).double()).sum().backward()
    assert all(p.grad is not None for p in model.parameters())
