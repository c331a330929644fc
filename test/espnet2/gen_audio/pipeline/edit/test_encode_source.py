"""Given sounds to latents and LOA, in windows where they are long."""

import pytest
import torch

from espnet2.gen_audio.audiomae.loa import pool_patches
from espnet2.gen_audio.feats.mel import LogMel
from espnet2.gen_audio.pipeline.edit.encode_source import (
    latent_of,
    loa_of,
    loa_of_windows,
)
from espnet2.gen_audio.pipeline.edit.source import Source
from espnet2.gen_audio.pipeline.lengths import Frames

ONE = Frames(16, 16, (0,))


def test_the_latent_of_a_sound_is_the_scaled_mean_of_its_posterior(editor, source):
    crop, latent = latent_of(editor, source, 0, 10240, ONE)
    specification = editor.specification
    mean, _ = editor.vae.encode(LogMel(specification.geometry)(crop.wave[None]))
    torch.testing.assert_close(latent, mean[0] * specification.latent_scale)


def test_a_sound_shorter_than_its_frames_is_mirrored(editor, source):
    crop, latent = latent_of(editor, source, 0, 9000, ONE)
    assert crop.wave.shape == (10240,) and latent.shape == (4, 16, 4)
    assert torch.equal(crop.wave[9000:], crop.wave[9000 - 1240 : 9000].flip(0))


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
@pytest.mark.parametrize("mirrored", [False, True], ids=["silence", "itself"])
def test_what_follows_a_sound_that_ends_within_its_clip(
    editor, source, start, mirrored
):
    part = source.crop(start, len(source), len(source) - start).wave
    if mirrored:
        clip = torch.cat([part, part.flip(0)] * 20)[:10240]
    else:
        clip = torch.cat([part, torch.zeros(10240)])[:10240]
    got = loa_of(editor, source, start, mirrored)
    wanted = pool_patches(editor.audiomae.patch_features(clip[None]), (4, 2), (2, 2))
    torch.testing.assert_close(got, wanted[0])
