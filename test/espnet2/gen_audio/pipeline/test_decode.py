"""Latents to waveforms, in windows where they are long."""

from dataclasses import replace

import torch

from espnet2.gen_audio.pipeline.decode import decode
from espnet2.gen_audio.pipeline.lengths import Frames
from espnet2.gen_audio.pipeline.precision import in_precision
from espnet2.gen_audio.vae.linear_autoencoder import LinearMelVAE
from espnet2.gen_audio.vae.mel_block_pca import block_moments
from espnet2.gen_audio.vocoder.griffin_lim import GriffinLim
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN


def test_long_latents_are_decoded_to_their_whole_length(system):
    frames = Frames(40, 16, (0, 12, 24))
    waves = decode(system, torch.randn(2, 4, 40, 4), frames)
    assert waves.shape == (2, 40 * 640) and waves.isfinite().all()


def test_a_constant_latent_has_no_seam_between_windows(system):
    frames = Frames(40, 16, (0, 12, 24))
    latent = torch.full((1, 4, 40, 4), 0.3)
    mels = []
    handle = system.vocoder.register_forward_pre_hook(
        lambda vocoder, given: mels.append(given[0])
    )
    decode(system, latent, frames)
    handle.remove()
    middle = mels[0][0, 40:120]  # away from both ends
    steps = (middle[1:] - middle[:-1]).abs().mean(dim=1)
    assert steps[[8, 9, 24, 25]].max() <= 2 * steps.median() + 1e-6


def test_the_surplus_of_the_vocoder_is_cut_or_kept(system):
    vocoder = HiFiGAN(system.ldm.geometry, upsample_initial_channel=32)
    parts = replace(system.parts, vocoder=vocoder)
    latent = torch.randn(1, *system.ldm.geometry.latent_shape)
    samples = system.ldm.geometry.samples
    for trim, surplus in ((True, 0), (False, 32)):
        behaviour = replace(system.behaviour, trim=trim)
        wave = decode(replace(system, parts=parts, behaviour=behaviour), latent)
        assert wave.shape == (1, samples + surplus)


def test_the_padding_of_the_behaviour_reaches_a_vocoder_that_has_such_layers(system):
    geometry = system.ldm.geometry
    sizes = {"upsample_rates": (5, 4, 2, 2, 2), "upsample_initial_channel": 32}
    hifi_gan = HiFiGAN(geometry, **sizes, odd_padding="ceil", initializer_range=None)
    latent = torch.randn(1, *geometry.latent_shape)
    for vocoder, differs in ((hifi_gan, True), (GriffinLim(geometry, 1), False)):
        parts, waves = replace(system.parts, vocoder=vocoder), []
        for padding in ("trained", "floor"):
            behaviour = replace(system.behaviour, vocoder_padding=padding)
            one = replace(system, parts=parts, behaviour=behaviour)
            waves.append(decode(one, latent))
        assert torch.equal(*waves) is not differs


def test_a_vae_without_parameters_decodes(system):
    geometry = system.ldm.geometry
    vae = LinearMelVAE(geometry, correction=False)
    mel = torch.randn(4, geometry.mel_frames, geometry.n_mels)
    vae.start_from(block_moments(mel, geometry.downsample).mean(dim=0))
    assert in_precision(vae, torch.float64, "cpu").last_weight.dtype == torch.float64
    parts = replace(system.parts, vae=vae.float())
    latent = torch.randn(1, *geometry.latent_shape)
    wave = decode(replace(system, parts=parts), latent)
    assert wave.shape == (1, geometry.samples) and wave.isfinite().all()
