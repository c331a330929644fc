"""AudioMAE filter bank: equal to torchaudio's Kaldi port, and its padded rows."""

import pytest
import torch
import torchaudio

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.fbank import AudioMAEFbank, kaldi_filter_bank

MINI = ClipGeometry(seconds=2.56, downsample=8)


def sound(batch, samples):
    generator = torch.Generator().manual_seed(1)
    return 0.1 * torch.randn(batch, samples, generator=generator) + 0.02


def plain_fbank(wave, frames):
    """Take the steps of AudioMAE for one clip, written plainly."""
    wave = wave - wave.mean()
    fbank = torchaudio.compliance.kaldi.fbank(
        wave[None],
        htk_compat=True,
        sample_frequency=16000,
        use_energy=False,
        window_type="hanning",
        num_mel_bins=128,
        dither=0.0,
        frame_shift=10,
    )
    padded = torch.zeros(frames, 128)
    padded[: len(fbank)] = fbank[:frames]
    return (padded - (-4.2677393)) / (2 * 4.5689974)


def test_a_batch_equals_torchaudio_clip_by_clip():
    audio = sound(2, MINI.samples)
    audio[1, 20000:] = 0
    ours = AudioMAEFbank(MINI)(audio)
    for wave, fbank in zip(audio, ours):
        expected = plain_fbank(wave, 256)
        torch.testing.assert_close(fbank, expected, rtol=0, atol=1e-4)


def test_the_triangles_equal_torchaudio():
    theirs, _ = torchaudio.compliance.kaldi.get_mel_banks(
        128, 512, 16000.0, 20.0, 0.0, 100.0, -500.0, 1.0
    )
    torch.testing.assert_close(
        kaldi_filter_bank(128)[:, :256], theirs.float(), rtol=0, atol=2e-5
    )


def test_the_two_missing_frames_are_zero_before_normalisation():
    fbank = AudioMAEFbank(ClipGeometry())(sound(1, 163840))
    assert fbank.shape == (1, 1024, 128)
    padded = torch.full((2, 128), 4.2677393 / (2 * 4.5689974))  # +0.467
    torch.testing.assert_close(fbank[0, 1022:], padded)
    assert not torch.allclose(fbank[0, 1021], padded[0])


@pytest.mark.parametrize("samples", [8000, 60000])
def test_shorter_and_longer_clips_have_the_geometry_s_frames(samples):
    assert AudioMAEFbank(MINI)(sound(1, samples)).shape == (1, 256, 128)


def test_another_rate_is_resampled_to_that_of_audiomae():
    geometry = ClipGeometry(
        seconds=2.56, sample_rate=48000, hop=480, n_fft=2048, mel_high=24000.0
    )
    time = torch.arange(geometry.samples) / 48000
    tone = 0.3 * torch.sin(2 * torch.pi * 1000 * time)[None]
    same = 0.3 * torch.sin(2 * torch.pi * 1000 * torch.arange(40960) / 16000)[None]
    middle = slice(20, 200)
    ours = AudioMAEFbank(geometry)(tone)[:, middle]
    loud = AudioMAEFbank(MINI)(same)[:, middle]
    peak = loud.amax(dim=2)
    torch.testing.assert_close(ours.amax(dim=2), peak, rtol=0, atol=0.01)


def test_autocast_leaves_float32():
    audio, fbank = sound(1, 8000), AudioMAEFbank(MINI)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = fbank(audio)
    torch.testing.assert_close(inside, fbank(audio))


def test_a_checkpoint_holds_nothing_of_it():
    assert not AudioMAEFbank(MINI).state_dict()


def test_a_clip_shorter_than_a_window_is_refused():
    with pytest.raises(ValueError, match="at least 400 samples"):
        AudioMAEFbank(MINI)(torch.zeros(1, 399))
