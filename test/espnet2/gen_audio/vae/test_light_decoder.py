"""A light decoder of another autoencoder: its latents, and fewer operations."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from espnet2.gen_audio.checkpoint.strict_fit import without_memory
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vae.autoencoder import MelVAE
from espnet2.gen_audio.vae.light_decoder import LightMelVAE

GEOMETRY = ClipGeometry(seconds=0.64, n_mels=16, fbank_bins=32, latent_channels=4)
CONF = {"block_out_channels": [8, 8, 8], "norm_num_groups": 4, "mel_level": -5.0}
LIGHT = {"decoder_channels": [2, 4, 4], "decoder_groups": 2, "decoder_layers": 1}


def pair():
    torch.manual_seed(0)
    return MelVAE(GEOMETRY, **CONF), LightMelVAE(GEOMETRY, **LIGHT, **CONF)


@torch.no_grad()
def test_latents_are_those_of_the_original_and_mels_have_its_shape():
    original, light = pair()
    mel = torch.randn(2, *(GEOMETRY.mel_frames, GEOMETRY.n_mels))
    before = light.encode(mel)[0]
    light.start_as(original)
    mean, log_variance = light.encode(mel)
    assert not torch.equal(mean, before)
    # oneDNN rounds by the place of the weights in memory on some CPUs
    for found, expected in zip((mean, log_variance), original.encode(mel)):
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)
    assert light.decode(mean).shape == original.decode(mean).shape == mel.shape


def test_only_the_decoder_is_trained():
    original, light = pair()
    light.start_as(original)
    learnt = {n.split(".")[1] for n, w in light.named_parameters() if w.requires_grad}
    assert learnt == {"decoder", "post_quant_conv"}
    light.decode(torch.randn(1, *GEOMETRY.latent_shape)).sum().backward()
    assert light.last_weight.grad.abs().sum() > 0


def test_at_the_published_size_it_needs_a_tenth_of_the_multiplications():
    counts = []
    for build in (MelVAE, LightMelVAE):
        vae = without_memory(build, ClipGeometry())
        latent = torch.zeros(1, *ClipGeometry().latent_shape, device="meta")
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            vae.decode(latent)
        counts.append(counter.get_total_flops())
    assert counts[1] < 0.1 * counts[0]


@pytest.mark.parametrize(
    "change", [{"mel_level": 0.0}, {"layers_per_block": 1}, {"mel_std": 2.0}]
)
def test_an_original_with_another_encoder_or_level_is_refused(change):
    _, light = pair()
    with pytest.raises(ValueError, match="give the vae_conf of the original"):
        light.start_as(MelVAE(GEOMETRY, **CONF | change))
