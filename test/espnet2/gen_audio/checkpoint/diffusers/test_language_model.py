"""GPT-2, projections and phoneme encoder of a folder, against their config files."""

import json

import official_state
import pytest

from espnet2.gen_audio.checkpoint.diffusers.export import write_diffusers
from espnet2.gen_audio.checkpoint.diffusers.language_model import (
    pooling,
    read_language_model,
)
from espnet2.gen_audio.checkpoint.diffusers.pipeline_folder import PipelineFolder
from espnet2.gen_audio.checkpoint.official.read import read_official
from espnet2.gen_audio.feats.clip import ClipGeometry

GEOMETRY = ClipGeometry(**official_state.GEOMETRY)


@pytest.fixture
def speech(tmp_path):
    state = official_state.complete("speech")
    write_diffusers(read_official(state, "x.pth", geometry=GEOMETRY), tmp_path)
    return tmp_path


def change(folder, component, **values):
    path = folder / component / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    return PipelineFolder(folder)


def test_speech_predicts_all_vectors_whatever_its_config_says_and_that_is_noted(speech):
    folder = change(speech, "language_model", max_new_tokens=5)
    assert pooling(folder, GEOMETRY) == {}
    part = read_language_model(folder, GEOMETRY)
    assert part.config["model_conf"]["loa_factor"] == 1
    assert any("not max_new_tokens = 5" in n for n in part.provenance["notes"])


@pytest.mark.parametrize(
    ("component", "values"),
    [
        ("text_encoder_2", {"hidden_act": "gelu"}),
        ("text_encoder_2", {"layer_norm_eps": 1e-3}),
        ("text_encoder_2", {"num_attention_heads": 3}),
        ("text_encoder_2", {"window_size": 5}),
        ("projection_model", {"max_seq_length": 311}),
        ("projection_model", {"use_learned_position_embedding": None}),
    ],
)
def test_a_speech_config_of_another_network_is_refused(component, values, speech):
    (key,) = values
    with pytest.raises(ValueError, match=f"{component}/config.json: {key} "):
        read_language_model(change(speech, component, **values), GEOMETRY)


def test_the_pooling_factor_is_stated_by_the_number_of_vectors(speech):
    config = json.loads((speech / "language_model" / "config.json").read_text())
    folder = change(speech, "text_encoder_2", model_type="t5")
    vectors = config["max_new_tokens"]
    factor = pooling(folder, GEOMETRY)["model_conf"]["loa_factor"]
    assert GEOMETRY.loa_tokens(factor) == vectors
