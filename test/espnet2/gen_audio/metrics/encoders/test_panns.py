"""Cnn14 equals panns-inference on the same weights at both rates; short clips."""

import librosa
import numpy as np
import pytest
import torch

from espnet2.gen_audio.metrics.encoders.panns import MEL, shapes_of
from espnet2.gen_audio.metrics.encoders.set_encoder import KINDS


@pytest.fixture(scope="module")
def weights(drawn):
    """Return the drawn weights of all layers but the filters of a rate."""
    shapes = {name: shape for name, shape in shapes_of(512).items() if name != MEL}
    return drawn.weights_of(shapes)


@pytest.fixture(scope="module", params=[16000, 32000])
def encoder(request, weights, tmp_path_factory):
    """Return the encoder of a rate."""
    rate = request.param
    n_fft = rate * 32 // 1000
    mel = librosa.filters.mel(sr=rate, n_fft=n_fft, n_mels=64, fmin=50, fmax=rate / 2)
    path = tmp_path_factory.mktemp("panns") / f"{rate}.pth"
    state = {**weights, MEL: torch.from_numpy(mel.T.copy())}
    state["bn0.num_batches_tracked"] = torch.tensor(3)
    torch.save({"iteration": 1, "model": state}, path)
    encoder = KINDS[f"panns_{rate // 1000}k"](f"{rate}", path)
    path.unlink()
    return encoder


def test_embedding_and_logits_equal_those_of_panns_inference(
    encoder, drawn, encoder_values
):
    found = encoder.encode(drawn.wave_of(encoder.rate), encoder.rate)
    values = [drawn.summary(v) for v in (found.embedding, found.class_scores)]
    expected = encoder_values[f"panns_{encoder.rate}"]
    scale = np.abs(expected).max(1, keepdims=True)
    assert found.embedding.shape == (2048,) and found.class_scores.shape == (527,)
    assert np.allclose(values / scale, expected / scale, atol=1e-4)


def test_a_short_clip_and_one_of_another_rate_have_an_embedding(encoder):
    wave = np.random.default_rng(0).normal(0, 0.1, 900).astype(np.float32)
    for rate in (16000, 32000):
        assert np.isfinite(encoder.encode(wave, rate).embedding).all()
