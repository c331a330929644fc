"""Mel autoencoder: published sizes, layout of mel and latent, and what it refuses."""

import pytest
import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vae.autoencoder import MelVAE

TINY = {"block_out_channels": [4, 8], "layers_per_block": 1, "norm_num_groups": 2}
GEOMETRY = ClipGeometry(seconds=0.64, n_mels=16, downsample=2, latent_channels=3)


def count(module):
    return sum(p.numel() for p in module.parameters())


def test_the_default_is_the_published_16_khz_autoencoder():
    with torch.device("meta"):
        vae = MelVAE(ClipGeometry())
    assert count(vae) == 55_376_873
    assert count(vae.net.encoder) == 22_395_024
    assert count(vae.net.decoder) == 32_981_505


def test_the_48_khz_autoencoder_has_its_published_size():
    geometry = ClipGeometry(
        sample_rate=48000,
        hop=480,
        n_fft=2048,
        n_mels=256,
        mel_low=20.0,
        mel_high=24000.0,
        downsample=8,
        latent_channels=16,
    )
    with torch.device("meta"):
        vae = MelVAE(geometry, block_out_channels=(128, 256, 512, 1024))
    assert count(vae.net.encoder) == 90_010_272
    assert count(vae.net.decoder) == 133_523_969


def test_time_stays_before_frequency_and_both_shrink():
    mean, log_variance = MelVAE(GEOMETRY, **TINY).encode(torch.randn(2, 64, 16))
    assert mean.shape == log_variance.shape == (2, *GEOMETRY.latent_shape)


def test_decoding_a_latent_gives_a_mel_of_the_clip():
    vae = MelVAE(GEOMETRY, **TINY)
    assert vae.decode(torch.randn(2, *GEOMETRY.latent_shape)).shape == (2, 64, 16)


def test_clips_do_not_touch_each_other():
    torch.manual_seed(0)
    vae, mel = MelVAE(GEOMETRY, **TINY).eval(), torch.randn(3, 64, 16)
    together, alone = vae.encode(mel)[0][1:2], vae.encode(mel[1:2])[0]
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)


def test_level_and_std_are_a_change_of_units():
    plain = MelVAE(GEOMETRY, **TINY)
    moved = MelVAE(GEOMETRY, **TINY, mel_level=-7.0, mel_std=4.0)
    moved.load_state_dict(plain.state_dict())
    latent = torch.randn(2, *GEOMETRY.latent_shape)
    expected = 4.0 * plain.decode(latent) - 7.0
    torch.testing.assert_close(moved.decode(latent), expected)
    mel = torch.randn(2, GEOMETRY.mel_frames, GEOMETRY.n_mels)
    mean, _ = moved.encode(4.0 * mel - 7.0)
    torch.testing.assert_close(mean, plain.encode(mel)[0], rtol=1e-4, atol=1e-5)


def test_levels_must_give_the_downsample_of_the_geometry():
    with pytest.raises(ValueError, match="downsamples by 2.*downsample is 4"):
        MelVAE(ClipGeometry(), block_out_channels=[8, 16])


def test_widths_must_divide_into_groups():
    with pytest.raises(ValueError, match="norm_num_groups 32"):
        MelVAE(GEOMETRY, block_out_channels=[16, 32])


def test_a_mel_that_leaves_a_remainder_is_refused():
    with pytest.raises(ValueError, match="multiples of downsample 2"):
        MelVAE(GEOMETRY, **TINY).encode(torch.zeros(1, 63, 16))
