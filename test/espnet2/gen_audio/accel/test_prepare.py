"""The one call: what it finds, what it leaves, and that a system sounds the same."""

import copy

import pytest
import torch

from espnet2.gen_audio.accel.prepare import PREPARATIONS, prepare
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.text2audio import Text2Audio
from espnet2.gen_audio.vae.autoencoder import MelVAE

GEOMETRY = ClipGeometry(seconds=0.64, n_mels=16, fbank_bins=32, latent_channels=3)
SIZES = {"block_out_channels": [4, 4, 8], "norm_num_groups": 2}


def autoencoder(kind=MelVAE):
    torch.manual_seed(0)
    return kind(GEOMETRY, **SIZES).eval().requires_grad_(False)


@pytest.mark.parametrize("steps", [2, 5])
def test_a_prepared_system_sounds_like_the_plain_one(system, plain_system, steps):
    captions = {"a": "a dog barks", "b": "rain"}
    options = SamplingOptions(steps=steps, eta=0.0, guidance_scale=3.0)
    wanted = Text2Audio(plain_system)(captions, options, candidates=1)
    made = Text2Audio(system)(captions, options, candidates=1)
    for name, wave in wanted.items():
        assert (made[name] - wave).abs().max() <= 1e-4 * wave.abs().max()


def test_every_model_of_a_part_is_found_however_deep_and_none_twice():
    part = torch.nn.Sequential(
        torch.nn.Linear(2, 2), torch.nn.ModuleList([autoencoder()])
    )
    prepare(None, part)
    vae = part[1][0]
    assert type(vae).__mro__[1] is MelVAE
    before = type(vae)
    prepare(part)
    assert type(vae) is before


@torch.no_grad()
def test_layers_stay_as_training_needs_them_if_asked():
    def strides(vae):
        return [weight.stride() for weight in vae.parameters()]

    vae, plain = autoencoder(), autoencoder()
    latent = torch.randn(1, *GEOMETRY.latent_shape)
    prepare(vae, change_layers=False)
    assert strides(vae) == strides(plain)
    torch.testing.assert_close(vae.decode(latent), plain.decode(latent))
    prepare(vae)
    assert strides(vae) != strides(plain)


def test_a_class_of_ones_own_is_left_as_it_is():
    class OwnVAE(MelVAE):
        """Decodes in another way."""

    vae = autoencoder(OwnVAE)
    prepare(vae)
    assert type(vae) is OwnVAE and OwnVAE not in PREPARATIONS


@torch.no_grad()
def test_a_copy_of_a_prepared_model_has_its_own_weights():
    vae, latent = autoencoder(), torch.randn(1, *GEOMETRY.latent_shape)
    prepare(vae)
    other, before = copy.deepcopy(vae), vae.decode(latent)
    for weight in other.parameters():
        weight.zero_()
    assert torch.equal(vae.decode(latent), before)
    assert not other.decode(latent).any()
