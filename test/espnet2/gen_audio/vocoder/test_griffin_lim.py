"""Griffin-Lim: the mel comes back, in its place in time, whatever the batch."""

import pytest
import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.mel import LogMel
from espnet2.gen_audio.vocoder.griffin_lim import GriffinLim

GEOMETRY = ClipGeometry(seconds=0.64)
FRAMES = 64


def bursts(samples=10240):
    noise = torch.randn(2, samples, generator=torch.Generator().manual_seed(0))
    time = torch.arange(samples) / samples
    return 0.2 * noise * torch.stack([time, (12 * time).sin().abs()])


def test_the_mel_of_the_waveform_is_the_mel_that_was_given():
    log_mel = LogMel(GEOMETRY)
    mel = log_mel(bursts())
    wave = GriffinLim(GEOMETRY, iterations=32)(mel)
    assert wave.shape == (2, FRAMES * 160)
    loud = mel > -5  # far below, what leaks from window to window decides
    assert (log_mel(wave) - mel)[loud].abs().mean() < 0.15


def test_a_click_lands_in_the_frame_where_it_was():
    audio = torch.zeros(1, 10240)
    audio[0, 5000:5040] = 0.5 * torch.randn(40, generator=torch.manual_seed(0))
    wave = GriffinLim(GEOMETRY)(LogMel(GEOMETRY)(audio))
    energy = wave[0].square()
    centre = (energy * torch.arange(10240)).sum() / energy.sum()
    assert abs(centre.item() - 5020) < 80  # half a hop


def test_the_same_mel_gives_the_same_waveform_beside_any_other():
    mel = LogMel(GEOMETRY)(bursts())
    vocoder = GriffinLim(GEOMETRY, iterations=4)
    alone, together = vocoder(mel[1:]), vocoder(mel)
    assert torch.equal(alone, vocoder(mel[1:]))
    torch.testing.assert_close(together[1:], alone, rtol=0, atol=1e-4)


def test_bins_found_for_mel_bands_have_these_bands():
    vocoder = GriffinLim(GEOMETRY)
    bands = LogMel(GEOMETRY)(bursts()).transpose(1, 2).exp()
    bins = vocoder.magnitudes(bands)
    assert (bins >= 0).all()
    error = (vocoder.bank @ bins).log() - bands.log()
    assert error.abs().mean() < 0.01


def test_more_iterations_come_closer_to_the_magnitudes():
    log_mel = LogMel(GEOMETRY)
    mel = log_mel(bursts())
    errors = [
        (log_mel(GriffinLim(GEOMETRY, iterations=n)(mel)) - mel).abs().mean()
        for n in (1, 20)
    ]
    assert errors[1] < 0.8 * errors[0]


def test_silence_stays_silent():
    mel = torch.full((1, FRAMES, 64), -11.5129)
    assert GriffinLim(GEOMETRY, iterations=2)(mel).abs().max() < 1e-3


def test_settings_out_of_range_are_refused():
    with pytest.raises(ValueError, match="momentum 1.0 at least 0 and below 1"):
        GriffinLim(GEOMETRY, momentum=1.0)
    with pytest.raises(ValueError, match="iterations 0"):
        GriffinLim(GEOMETRY, iterations=0)
