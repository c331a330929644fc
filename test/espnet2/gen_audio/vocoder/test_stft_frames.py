"""Frames of LogMel: there and back, in place, and bands spread over bins."""

import math

import pytest
import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.mel import LogMel, mel_filter_bank
from espnet2.gen_audio.vocoder.stft_frames import (
    STFTFrames,
    refine_magnitudes,
    spread_bands,
)

GEOMETRY = ClipGeometry(seconds=0.64)


def noise(samples=10240):
    return torch.randn(2, samples, generator=torch.Generator().manual_seed(0))


def test_the_inverse_of_a_spectrum_is_the_waveform():
    frames = STFTFrames(GEOMETRY)
    wave = noise()
    spectrum = frames.analyse(wave)
    assert spectrum.shape == (2, 513, 64)
    torch.testing.assert_close(frames.synthesise(spectrum), wave, rtol=0, atol=1e-5)


def test_the_frames_are_those_of_the_mel_spectrogram():
    wave = noise()
    mel = mel_filter_bank(GEOMETRY) @ STFTFrames(GEOMETRY).analyse(wave).abs()
    expected = LogMel(GEOMETRY)(wave)
    torch.testing.assert_close(mel.clamp(min=1e-5).log().transpose(1, 2), expected)


def test_the_inverse_is_the_nearest_waveform_of_a_spectrum_that_is_none():
    frames = STFTFrames(GEOMETRY)
    shape = frames.analyse(noise()).shape
    generator = torch.Generator().manual_seed(1)
    wanted = torch.complex(*torch.randn(2, *shape, generator=generator))
    best = frames.synthesise(wanted)

    def error(wave):
        # inside, where no border is reflected
        return (frames.analyse(wave) - wanted)[:, :, 4:-4].abs().square().sum()

    for seed in range(3):
        generator = torch.Generator().manual_seed(seed)
        step = torch.zeros_like(best)
        step[:, 2000:8000] = 0.05 * torch.randn(2, 6000, generator=generator)
        assert error(best) < error(best + step)


def test_a_flat_spectrum_comes_back_from_its_mel_also_outside_the_bands():
    narrow = ClipGeometry(seconds=0.64, mel_low=50.0, mel_high=6000.0)
    wide = ClipGeometry(sample_rate=48000, n_fft=2048, n_mels=256, mel_high=24000.0)
    for geometry in (GEOMETRY, narrow, wide):
        spread = spread_bands(geometry)
        assert spread.shape == (geometry.n_fft // 2 + 1, geometry.n_mels)
        flat = mel_filter_bank(geometry).sum(dim=1)  # the mel of magnitudes of 1
        torch.testing.assert_close(spread @ flat, torch.ones(len(spread)))
    above = spread_bands(narrow)[400:]
    torch.testing.assert_close(above, above[:1].expand_as(above))


def test_a_tone_at_the_centre_of_a_bin_turns_as_its_phase_advance_says():
    frames = STFTFrames(GEOMETRY)
    time = torch.arange(10240, dtype=torch.float64)
    for k in (3, 40, 511):
        tone = torch.cos(2 * torch.pi * k / 1024 * time + 0.3).float()[None]
        phases = frames.analyse(tone)[0, k, 4:-4]  # inside, without reflected borders
        cos, sin = frames.phase_advance(64)
        expected = torch.complex(cos, sin)[4:-4, k]
        turned = phases / phases.abs() * expected.conj()
        torch.testing.assert_close(turned, turned[:1].expand(56), rtol=0, atol=2e-3)


def test_phase_advance_is_exact_in_late_frames():
    frame, k = 31999, 511
    for turned, function in zip(
        STFTFrames(GEOMETRY).phase_advance(32000), (math.cos, math.sin), strict=True
    ):
        angle = 2 * math.pi * (frame * k * 160 % 1024) / 1024
        assert turned[frame, k].item() == pytest.approx(function(angle), abs=1e-6)


def test_frames_that_touch_without_overlap_give_finite_sound():
    frames = STFTFrames(ClipGeometry(seconds=5.12, hop=1024))
    assert frames.synthesise(frames.analyse(noise())).isfinite().all()


def test_a_round_keeps_magnitudes_and_leaves_a_consistent_spectrum_alone():
    frames = STFTFrames(GEOMETRY)
    spectrum = frames.analyse(noise())
    kept = frames.project(spectrum, spectrum.abs(), 1e-6)
    torch.testing.assert_close(kept, spectrum, rtol=1e-3, atol=1e-4)
    other = frames.project(spectrum, torch.ones(2, 513, 64), 1e-6)
    torch.testing.assert_close(other.abs(), torch.ones(2, 513, 64))


def test_updates_reach_the_bands_and_keep_bins_outside_all_bands():
    narrow = ClipGeometry(seconds=0.64, mel_low=50.0, mel_high=6000.0)
    bank = mel_filter_bank(narrow)
    bands = bank @ STFTFrames(narrow).analyse(noise()).abs()
    start = torch.ones(2, 513, 64)
    found = refine_magnitudes(start, bands, bank, 50)
    error = (bank @ found / bands).log().abs()
    assert error.mean() < 0.05 < (bank @ start / bands).log().abs().mean()
    assert (found >= 0).all()
    assert torch.equal(found[:, 400:], start[:, 400:])
