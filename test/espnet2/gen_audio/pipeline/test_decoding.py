"""Sound to latents and back, in windows where it is long."""

import pytest
import torch

from espnet2.gen_audio.audiomae.loa import pool_patches
from espnet2.gen_audio.pipeline.decoding import (
    latent_of,
    loa_of,
    loa_of_windows,
    to_waveform,
)
from espnet2.gen_audio.pipeline.lengths import Frames
from espnet2.gen_audio.pipeline.source import Source

ONE = Frames(16, 16, (0,))


def test_the_latent_of_a_sound_is_the_scaled_mean_of_its_posterior(editor, source):
    crop, latent = latent_of(editor, source, 0, 10240, ONE)
    from espnet2.gen_audio.feats.mel import LogMel

    mean, _ = editor.vae.encode(LogMel(editor.facts.geometry)(crop.wave[None]))
    torch.testing.assert_close(latent, mean[0] * editor.facts.latent_scale)


def test_a_sound_shorter_than_its_frames_is_mirrored(editor, source):
    crop, latent = latent_of(editor, source, 0, 9000, ONE)
    assert crop.wave.shape == (10240,) and latent.shape == (4, 16, 4)
    assert torch.equal(crop.wave[9000:], crop.wave[9000 - 1240 : 9000].flip(0))


def test_long_latents_are_decoded_to_their_whole_length(system):
    frames = Frames(40, 16, (0, 12, 24))
    waves = to_waveform(system, torch.randn(2, 4, 40, 4), frames)
    assert waves.shape == (2, 40 * 640) and waves.isfinite().all()


def test_a_constant_latent_has_no_seam_between_windows(system):
    frames = Frames(40, 16, (0, 12, 24))
    latent = torch.full((1, 4, 40, 4), 0.3)
    heard = []
    whole = system.vocoder
    mel = {}

    class Ear(torch.nn.Module):
        def forward(self, given):
            mel["given"] = given
            return whole(given)

    from espnet2.gen_audio.pipeline.text2audio import Text2Audio

    parts = (system.loa_lm, system.ldm, system.vae, Ear(), system.encode)
    to_waveform(Text2Audio(*parts), latent, frames)
    middle = mel["given"][0, 40:120]  # away from both ends
    steps = (middle[1:] - middle[:-1]).abs().mean(dim=1)
    seams = steps[[8, 9, 24, 25]]
    assert seams.max() <= 2 * steps.max() and not heard


def test_loa_of_a_sound_is_that_of_the_recipe(editor, source):
    loa = loa_of(editor, source, 0)
    clip = source.crop(0, 10240, 10240).wave[None]
    patches = editor.audiomae.patch_features(clip)
    torch.testing.assert_close(loa, pool_patches(patches, (4, 2), (2, 2))[0])


def test_windows_have_the_loa_of_their_own_time(editor):
    wave = torch.randn(40 * 640, generator=torch.Generator().manual_seed(0)) * 0.1
    source = Source(wave, 16000)
    loa = loa_of_windows(editor, source, Frames(40, 16, (0, 12, 24)))
    assert loa.shape == (3, 2, 16)
    assert torch.equal(loa[1], loa_of(editor, source, 12 * 640))


def test_without_an_audiomae_there_is_no_loa(system, source):
    assert loa_of(system, source, 0) is None
    assert loa_of_windows(system, source, ONE) is None


@pytest.mark.parametrize("start", [5000, 14000])
@pytest.mark.parametrize("goes_on", [False, True], ids=["silence", "itself"])
def test_what_follows_a_sound_that_ends_within_its_clip(editor, source, start, goes_on):
    part = source.crop(start, len(source), len(source) - start).wave
    if goes_on:
        mirrored = [part, part.flip(0)] * 20
        clip = torch.cat(mirrored)[:10240]
    else:
        clip = torch.cat([part, torch.zeros(10240)])[:10240]
    got = loa_of(editor, source, start, goes_on)
    wanted = pool_patches(editor.audiomae.patch_features(clip[None]), (4, 2), (2, 2))
    torch.testing.assert_close(got, wanted[0])
