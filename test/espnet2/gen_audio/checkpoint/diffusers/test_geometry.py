"""The geometry of a folder: published, as stated, or refused."""

from pathlib import Path

import pytest
import torch

from espnet2.gen_audio.checkpoint.diffusers.config_file import ConfigFile
from espnet2.gen_audio.checkpoint.diffusers.geometry import geometry_of, kernel_sizes
from espnet2.gen_audio.feats.clip import ClipGeometry


def states(channels=8, bands=64, kernels=(16, 16, 8, 4, 4), levels=3):
    vocoder = {
        f"upsampler.{n}.weight": torch.zeros(1, 1, k) for n, k in enumerate(kernels)
    }
    vae = {f"encoder.down_blocks.{n}.x": torch.zeros(1) for n in range(levels)}
    return {
        "unet": {"conv_in.weight": torch.zeros(1, channels, 3, 3)},
        "vae": vae,
        "vocoder": vocoder | {"conv_pre.weight": torch.zeros(1, bands, 7)},
    }


def unet(**values):
    return ConfigFile(Path("unet/config.json"), values, True)


def vocoder(rate=16000, rates=(5, 4, 2, 2, 2)):
    values = {"sampling_rate": rate, "upsample_rates": list(rates)}
    return ConfigFile(Path("vocoder/config.json"), values, True)


ABSENT = ConfigFile(Path("vocoder/config.json"))


def test_a_published_folder_has_the_published_geometry_and_no_note():
    found = geometry_of(states(), unet(sample_size=256), vocoder())
    assert found == (ClipGeometry(), [])
    assert geometry_of(states(), unet(), ABSENT) == (ClipGeometry(), [])


def test_rate_hop_bands_and_length_are_those_of_the_folder():
    tensors = states(4, 16, (16, 12, 7))
    geometry, notes = geometry_of(
        tensors, unet(sample_size=28), vocoder(22050, (7, 6, 3))
    )
    assert (geometry.sample_rate, geometry.hop, geometry.n_mels) == (22050, 126, 16)
    assert geometry.latent_shape == (4, 28, 4) and geometry.seconds == 0.64
    assert "taken as n_fft 1024, 0 to 11025 Hz" in notes[0]


def test_an_odd_hop_gets_a_window_that_fits():
    tensors = states(4, 16, (16, 16, 7))
    geometry, _ = geometry_of(tensors, unet(sample_size=24), vocoder(22050, (7, 7, 3)))
    assert (geometry.hop, geometry.n_fft) == (147, 735)


def test_a_length_that_patches_do_not_divide_is_named_and_not_taken():
    geometry, notes = geometry_of(states(), unet(sample_size=250), vocoder())
    assert geometry == ClipGeometry()
    assert "sample_size 250" in notes[0] and "10.24 s" in notes[0]


def test_sizes_that_nothing_tells_or_that_are_no_clip_are_refused():
    with pytest.raises(ValueError, match="belong to no published model"):
        geometry_of(states(4, 16), unet(), ABSENT)
    with pytest.raises(ValueError, match="state no valid geometry .*--geometry FILE"):
        geometry_of(states(), unet(), vocoder(22050))
    with pytest.raises(ValueError, match="vocoder/config.json: sampling_rate 0"):
        geometry_of(states(), unet(), vocoder(0))


def test_kernels_are_read_stage_by_stage():
    assert kernel_sizes(states()["vocoder"]) == [16, 16, 8, 4, 4]
    assert kernel_sizes({"upsampler.0.weight": torch.zeros(2)}) == []
