"""Log mel: equal to librosa's, whole frames, constants only."""

import librosa
import numpy as np
import pytest
import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.mel import LogMel, mel_filter_bank

MINI = ClipGeometry(seconds=2.56, downsample=8)
WIDE = ClipGeometry(
    seconds=0.64,
    sample_rate=48000,
    hop=480,
    n_fft=2048,
    n_mels=256,
    mel_low=20.0,
    mel_high=24000.0,
)


def noise(batch, samples):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(batch, samples, generator=generator) * 0.1


@pytest.mark.parametrize("geometry", [MINI, WIDE], ids=["16k", "48k"])
def test_the_spectrogram_equals_librosa(geometry):
    audio = noise(2, geometry.samples)
    audio[1, : geometry.samples // 2] = 0  # silence must meet the same floor
    border = (geometry.n_fft - geometry.hop) // 2
    for wave, ours in zip(audio.numpy(), LogMel(geometry)(audio).numpy()):
        theirs = librosa.feature.melspectrogram(
            y=np.pad(wave, border, mode="reflect"),
            sr=geometry.sample_rate,
            n_fft=geometry.n_fft,
            hop_length=geometry.hop,
            center=False,
            power=1.0,
            n_mels=geometry.n_mels,
            fmin=geometry.mel_low,
            fmax=geometry.mel_high,
            htk=False,
            norm="slaney",
        )
        expected = np.log(np.maximum(theirs, 1e-5)).T
        np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("geometry", [MINI, WIDE], ids=["16k", "48k"])
def test_the_filter_bank_equals_librosa(geometry):
    expected = librosa.filters.mel(
        sr=geometry.sample_rate,
        n_fft=geometry.n_fft,
        n_mels=geometry.n_mels,
        fmin=geometry.mel_low,
        fmax=geometry.mel_high,
    )
    np.testing.assert_allclose(mel_filter_bank(geometry), expected, rtol=0, atol=1e-7)


@pytest.mark.parametrize("samples", [40960, 8000, 8159, 1000])
def test_every_length_gives_its_whole_frames(samples):
    assert LogMel(MINI)(noise(1, samples)).shape == (1, samples // 160, 64)


def test_silence_is_the_logarithm_of_the_floor():
    mel = LogMel(MINI)(torch.zeros(1, 4096))
    torch.testing.assert_close(mel, torch.full_like(mel, float(np.log(1e-5))))


def test_clips_do_not_depend_on_their_batch():
    audio, log_mel = noise(3, 8000), LogMel(MINI)
    torch.testing.assert_close(log_mel(audio)[1:2], log_mel(audio[1:2]))


def test_autocast_and_half_precision_leave_float32():
    audio, log_mel = noise(1, 8000), LogMel(MINI)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = log_mel(audio)
    assert inside.dtype == torch.float32
    torch.testing.assert_close(inside, log_mel(audio))


def test_silence_passes_finite_gradients_to_a_vocoder():
    audio = torch.zeros(1, 4096, requires_grad=True)
    LogMel(MINI)(audio).sum().backward()
    assert torch.isfinite(audio.grad).all()


def test_a_checkpoint_holds_nothing_of_it():
    assert not LogMel(MINI).state_dict()


@pytest.mark.parametrize("shape", [(4096,), (1, 300), (1, 1, 4096)])
def test_a_wrong_shape_is_refused(shape):
    with pytest.raises(ValueError, match="needs .B, T."):
        LogMel(MINI)(torch.zeros(shape))
