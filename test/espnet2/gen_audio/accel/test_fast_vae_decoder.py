"""The decoder without gradients: the library's numbers, in any precision and size."""

import pytest
import torch

from espnet2.gen_audio.accel import fast_vae_decoder
from espnet2.gen_audio.accel.prepare import prepare
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vae.autoencoder import MelVAE
from espnet2.gen_audio.vae.light_decoder import LightMelVAE


def autoencoder(levels=2, blocks=1):
    torch.manual_seed(0)
    shrink = 2 ** (levels - 1)
    geometry = ClipGeometry(
        seconds=0.64, n_mels=16, fbank_bins=32, downsample=shrink, latent_channels=3
    )
    widths = [4, 8, 12, 16][:levels]
    vae = MelVAE(
        geometry, block_out_channels=widths, layers_per_block=blocks, norm_num_groups=2
    )
    return vae.eval().requires_grad_(False), geometry.latent_shape


@torch.no_grad()
@pytest.mark.parametrize("levels, blocks", [(1, 1), (2, 1), (3, 2), (4, 1)])
def test_in_double_precision_it_gives_what_the_library_gives(levels, blocks):
    vae, shape = autoencoder(levels, blocks)
    net, latent = vae.net.double(), torch.randn(2, *shape, dtype=torch.float64)
    given, wanted = latent.clone(), net.decode(latent).sample
    got = fast_vae_decoder.decode(net, latent)
    assert (got - wanted).abs().max() <= 1e-12 * wanted.abs().max()
    assert torch.equal(latent, given)


@torch.no_grad()
def test_a_light_decoder_has_the_fast_form_too():
    vae, shape = autoencoder(3)
    light = LightMelVAE(
        ClipGeometry(seconds=0.64, n_mels=16, fbank_bins=32, latent_channels=3),
        block_out_channels=[4, 8, 12],
        norm_num_groups=2,
        decoder_channels=[2, 4, 4],
        decoder_groups=2,
    ).eval()
    latent = torch.randn(2, *shape)
    wanted = light.decode(latent)
    prepare(light)
    assert type(light) is fast_vae_decoder.PreparedLightMelVAE
    torch.testing.assert_close(light.decode(latent), wanted, rtol=1e-4, atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("slow", [True, False])
@pytest.mark.parametrize("block", [7, 512])
def test_attention_in_blocks_is_attention(slow, block, monkeypatch):
    monkeypatch.setattr(fast_vae_decoder, "mkl_is_slow", lambda: slow)
    monkeypatch.setattr(fast_vae_decoder, "QUERY_BLOCK", block)
    vae, shape = autoencoder()
    for weight in vae.net.decoder.mid_block.attentions[0].parameters():
        weight.mul_(4.0)  # so that attention differs between positions
    latent = torch.randn(2, *shape)
    wanted = vae.net.decode(latent).sample
    got = fast_vae_decoder.decode(vae.net, latent)
    torch.testing.assert_close(got, wanted, rtol=1e-4, atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("size", [(1, 1), (2, 3), (5, 8)])
def test_upsampling_and_convolving_are_one_step_also_at_the_borders(size):
    torch.manual_seed(0)
    conv = torch.nn.Conv2d(3, 5, 3, padding=1).double()
    states = torch.randn(2, 3, *size, dtype=torch.float64)
    wanted = conv(states.repeat_interleave(2, 2).repeat_interleave(2, 3))
    got = fast_vae_decoder._upsample(conv, states)
    torch.testing.assert_close(got, wanted, rtol=0, atol=1e-13)


@torch.no_grad()
def test_in_bfloat16_it_is_as_near_to_double_precision_as_the_library():
    vae, shape = autoencoder(3)
    latent = torch.randn(1, *shape)
    exact = vae.net.double().decode(latent.double()).sample
    net, latent = vae.net.bfloat16(), latent.bfloat16()
    theirs = (net.decode(latent).sample.double() - exact).square().mean()
    ours = (fast_vae_decoder.decode(net, latent).double() - exact).square().mean()
    assert ours <= 1.5 * theirs


def test_prepared_it_decodes_the_same_and_leaves_its_input_alone():
    vae, shape = autoencoder(3)
    latent = torch.randn(2, *shape, dtype=torch.float64)
    given, plain = latent.clone(), vae.double().decode(latent)
    names = list(vae.state_dict())
    prepare(vae)
    with torch.no_grad():
        mel = vae.decode(latent)
    torch.testing.assert_close(mel, plain, rtol=1e-10, atol=1e-12)
    assert not torch.equal(mel, plain)  # it went another way
    assert torch.equal(latent, given) and list(vae.state_dict()) == names


def test_prepared_it_trains_through_the_library(monkeypatch):
    vae, shape = autoencoder()
    prepare(vae)
    monkeypatch.setattr(fast_vae_decoder, "decode", None)
    vae.train().requires_grad_(True)
    vae.decode(torch.randn(1, *shape)).sum().backward()
    assert vae.last_weight.grad.abs().max() > 0
