"""VGGish equals torchvggish on the same weights; windows, short clips, other files."""

import numpy as np
import pytest
import torch

from espnet2.gen_audio.metrics.encoders.set_encoder import KINDS
from espnet2.gen_audio.metrics.encoders.vggish import Vggish, windows_of


@pytest.fixture(scope="module")
def encoder(drawn, tmp_path_factory):
    """Return the encoder with the drawn weights of the published layout."""
    path = tmp_path_factory.mktemp("vggish") / "vggish.pth"
    with torch.device("meta"):
        shapes = {k: tuple(v.shape) for k, v in Vggish().state_dict().items()}
    torch.save(drawn.weights_of(shapes), path)
    encoder = KINDS["vggish"]("vggish", path)
    path.unlink()  # 288 MB
    return encoder


def test_vectors_equal_those_of_torchvggish(encoder, drawn, encoder_values):
    frames = encoder.encode(drawn.wave_of(16000), 16000).frames
    assert frames.shape == (2, 128)
    found = [drawn.summary(frame) for frame in frames]
    assert np.allclose(found, encoder_values["vggish"], rtol=1e-4, atol=1e-4)


def test_a_clip_is_the_mean_of_its_windows_and_is_resampled(encoder, drawn):
    encoding = encoder.encode(drawn.wave_of(16000), 16000)
    assert np.allclose(encoding.embedding, encoding.frames.mean(0), atol=1e-5)
    other = encoder.encode(drawn.wave_of(32000), 32000).embedding
    assert other.shape == (128,)


def test_a_clip_among_others_has_the_vectors_that_it_has_alone(encoder, drawn):
    waves = [drawn.wave_of(16000)[: 16000 + 16000 * n] for n in range(2)]
    for wave, among in zip(waves, encoder.encode_many(waves, 16000)):
        np.testing.assert_array_equal(encoder.encode(wave, 16000).frames, among.frames)


def test_windows_do_not_overlap_and_a_short_clip_is_one_window():
    wave = np.random.default_rng(0).normal(0, 0.1, 40000).astype(np.float32)
    windows = windows_of(wave)
    assert windows.shape == (2, 96, 64)
    assert torch.equal(windows_of(wave[96 * 160 :])[0], windows[1])
    assert windows_of(wave[:100]).shape == (1, 96, 64)


def test_weights_of_another_network_are_refused_in_one_line(tmp_path):
    torch.save({"a": torch.ones(1)}, tmp_path / "w.pth")
    with pytest.raises(ValueError, match="w.pth has other weights: it lacks features"):
        KINDS["vggish"]("vggish", tmp_path / "w.pth")
