"""Preparation for inference changes no result beyond rounding."""

import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.pipeline.load.prepare import prepare_parts
from espnet2.gen_audio.vocoder.griffin_lim import GriffinLim
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN


@torch.no_grad()
def test_a_prepared_vocoder_makes_the_same_sound():
    torch.manual_seed(0)
    geometry = ClipGeometry(seconds=0.64, n_mels=16, fbank_bins=32)
    vocoder = HiFiGAN(geometry, upsample_initial_channel=64).eval()
    mel = torch.randn(1, 20, 16)
    plain = vocoder(mel)
    prepare_parts(vocoder)
    torch.testing.assert_close(vocoder(mel), plain, rtol=1e-4, atol=1e-6)


def test_parts_without_a_faster_form_and_absent_ones_stay_as_they_are(system):
    geometry = system.specification.geometry
    griffin_lim = GriffinLim(geometry)
    before = {name: value.clone() for name, value in griffin_lim.named_buffers()}
    prepare_parts(None, griffin_lim)
    assert all(torch.equal(before[n], v) for n, v in griffin_lim.named_buffers())
