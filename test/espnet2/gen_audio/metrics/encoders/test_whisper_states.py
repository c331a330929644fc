"""The encoder of a Whisper folder: frames of the clip alone, and what is no Whisper."""

import numpy as np
import pytest
from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperModel

from espnet2.gen_audio.metrics.encoders.set_encoder import KINDS


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a small Whisper of random weights, windows of 2 s."""
    place = tmp_path_factory.mktemp("whisper")
    layers = {"encoder_layers": 1, "decoder_layers": 1}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
    sizes = {"d_model": 16, "encoder_ffn_dim": 16, "decoder_ffn_dim": 16}
    config = WhisperConfig(
        **layers,
        **heads,
        **sizes,
        vocab_size=60,
        max_source_positions=100,
        max_target_positions=8,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
    )
    WhisperModel(config).save_pretrained(place)
    WhisperFeatureExtractor(chunk_length=2).save_pretrained(place)
    return place


def test_frames_are_those_of_the_clip_and_not_of_the_silence_behind_it(folder):
    encoder = KINDS["whisper"]("whisper", folder)
    wave = np.random.default_rng(0).normal(0, 0.1, 16000).astype(np.float32)
    found = encoder.encode(wave, 16000)
    assert found.frames.shape == (50, 16)
    assert np.allclose(found.embedding, found.frames.mean(0), atol=1e-5)
    long = encoder.encode(np.tile(wave, 5), 16000)  # three windows
    assert long.frames.shape == (250, 16)


def test_the_states_are_those_of_the_whole_model(folder):
    encoder = KINDS["whisper"]("whisper", folder)
    wave = np.random.default_rng(1).normal(0, 0.1, 32000).astype(np.float32)
    model = WhisperModel.from_pretrained(folder).eval()
    given = WhisperFeatureExtractor.from_pretrained(folder)(
        wave, sampling_rate=16000, return_tensors="pt"
    )
    expected = model.encoder(given.input_features).last_hidden_state[0]
    frames = encoder.encode(wave, 16000).frames
    assert np.allclose(frames, expected.detach().numpy(), atol=1e-5)


def test_a_folder_of_something_else_is_refused_in_one_line(tmp_path):
    with pytest.raises(ValueError, match="has no config.json; give the folder of a W"):
        KINDS["whisper"]("whisper", tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ValueError, match="is no folder of a Whisper: "):
        KINDS["whisper"]("whisper", tmp_path)
