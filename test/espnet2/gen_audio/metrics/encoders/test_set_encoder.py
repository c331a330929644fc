"""Encoders of protocols: what each gives, digests, and what is no network."""

import numpy as np
import pytest
import torch

from espnet2.gen_audio.metrics.encoders import set_encoder
from espnet2.gen_audio.metrics.encoders.embedder import clip_mean
from espnet2.gen_audio.metrics.encoders.set_encoder import (
    ClapSetEncoder,
    MelStatisticsEncoder,
    NoEncoder,
    OnnxEncoder,
    YamnetEncoder,
    file_digest,
    folder_digest,
)
from espnet2.gen_audio.metrics.encoders.yamnet import Yamnet

WAVE = np.random.default_rng(0).normal(0, 0.1, 10240).astype(np.float32)


def test_yamnet_gives_the_mean_of_its_frames_and_logits():
    encoder = YamnetEncoder("yamnet", None)
    found = encoder.encode(np.tile(WAVE, 8), 16000)
    frames = Yamnet()(np.tile(WAVE, 8), 16000)
    np.testing.assert_array_equal(found.embedding, clip_mean(frames))
    assert found.class_scores.shape == (521,) and len(encoder.sha256) == 64


def test_mel_statistics_are_those_of_any_rate_and_length():
    encoder = MelStatisticsEncoder("mel", None)
    assert encoder.encode(WAVE[:10], 16000).embedding.shape == (209,)
    one = encoder.encode(WAVE, 16000).embedding
    other = encoder.encode(np.repeat(WAVE, 3), 48000).embedding
    assert one.shape == other.shape and np.isfinite(other).all()


def test_an_onnx_file_gives_what_it_has(onnx_network):
    path = onnx_network()
    encoder = OnnxEncoder("network", path)
    found = encoder.encode(WAVE, 16000)
    assert found.embedding.shape == (6,) and found.class_scores.shape == (5,)
    assert encoder.sha256 == file_digest(path)
    plain = OnnxEncoder("network", onnx_network(outputs=("embedding",)))
    assert plain.gives == ("embedding",)
    assert plain.encode(WAVE, 16000).class_scores is None


def test_what_is_no_such_network_is_refused_in_one_line(tmp_path, onnx_network):
    (tmp_path / "a.onnx").write_bytes(b"no graph")
    with pytest.raises(ValueError, match="a.onnx is no ONNX network"):
        OnnxEncoder("network", tmp_path / "a.onnx")
    with pytest.raises(ValueError, match="an output 'embedding' are needed"):
        OnnxEncoder("network", onnx_network(outputs=("logits",)))


@pytest.mark.parametrize("inside", ["initialisers", "attribute"])
def test_a_graph_that_names_other_files_opens_none(inside, tmp_path, onnx_network):
    import onnx

    model = onnx.load(onnx_network())
    (tmp_path / "secret").write_bytes(bytes(384))
    weights = model.graph.initializer[2]
    if inside == "attribute":
        node = onnx.helper.make_node("Constant", [], ["c"], value=weights)
        model.graph.node.insert(0, node)
        weights = model.graph.node[0].attribute[0].t
    onnx.external_data_helper.set_external_data(weights, str(tmp_path / "secret"))
    weights.ClearField("raw_data")
    weights.data_location = onnx.TensorProto.EXTERNAL
    (tmp_path / "a.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ValueError, match="lie in another file"):
        OnnxEncoder("network", tmp_path / "a.onnx")


def test_clap_encodes_sounds_and_captions_in_one_space(tmp_path, monkeypatch):
    class Model:
        def __init__(self, folder):
            self.folder = folder

        def audio(self, wave, rate):
            return Vectors(torch.ones(1, 1, 3) * rate)

        def text(self, captions):
            return Vectors(torch.arange(3.0 * len(captions)).view(-1, 1, 3))

    class Vectors:
        def __init__(self, embedding):
            self.embedding = embedding

    monkeypatch.setattr("espnet2.gen_audio.encoder.clap.ClapEncoder", Model)
    (tmp_path / "weights").write_bytes(b"1")
    encoder = ClapSetEncoder("clap", tmp_path)
    assert encoder.encode(WAVE, 5).embedding.tolist() == [5, 5, 5]
    vectors = encoder.encode_captions({"a": "one", "b": "two"})
    assert vectors["b"].tolist() == [3, 4, 5]
    before = folder_digest(tmp_path)
    (tmp_path / "weights").write_bytes(b"2")
    assert folder_digest(tmp_path) != before


def test_every_kind_is_in_the_table_and_none_has_no_numbers():
    assert set(set_encoder.GIVEN) < set(set_encoder.KINDS)
    assert NoEncoder().encode(WAVE, 16000).embedding.shape == (0,)
