"""What is written for diffusers: components, files of tokenizers, what is lacking."""

import json

import official_state
import pytest
import torch

from espnet2.gen_audio.checkpoint.archive.system import System
from espnet2.gen_audio.checkpoint.diffusers.export import write_diffusers
from espnet2.gen_audio.checkpoint.diffusers.read import read_diffusers
from espnet2.gen_audio.checkpoint.official.read import read_official
from espnet2.gen_audio.feats.clip import ClipGeometry

GEOMETRY = ClipGeometry(**official_state.GEOMETRY)


def official(layout):
    state = official_state.complete(layout)
    return read_official(state, f"{layout}.pth", geometry=GEOMETRY)


@pytest.fixture(scope="module")
def full():
    return official("full")


def test_without_tokenizers_all_else_is_written_and_they_are_named(full, tmp_path):
    lacking = write_diffusers(full, tmp_path)
    assert lacking == ["tokenizer", "tokenizer_2"]
    assert not (tmp_path / "model_index.json").exists()
    assert (tmp_path / "feature_extractor" / "preprocessor_config.json").exists()
    stated = json.loads((tmp_path / "provenance.json").read_text())
    assert stated["variant"] == "audioldm2-full"


def test_with_tokenizers_the_folder_is_a_pipeline(full, tmp_path):
    config = json.dumps({"tokenizer_class": "RobertaTokenizerFast"}).encode()
    full.encoders["sentence_encoder"].files |= {
        "vocab.json": b"{}",
        "tokenizer_config.json": config,
    }
    full.encoders["tokens_encoder"].files["spiece.model"] = b"x"
    assert write_diffusers(full, tmp_path) == []
    index = json.loads((tmp_path / "model_index.json").read_text())
    assert index["_class_name"] == "AudioLDM2Pipeline"
    assert index["tokenizer"] == ["transformers", "RobertaTokenizerFast"]
    assert (tmp_path / "tokenizer_2" / "spiece.model").exists()


@pytest.mark.parametrize("layout", ["full", "large", "speech", "t5"])
def test_an_official_checkpoint_comes_back_from_the_folder_bit_by_bit(layout, tmp_path):
    before = official(layout)
    write_diffusers(before, tmp_path)
    again = read_diffusers(tmp_path, GEOMETRY)
    # AudioMAE is no part of the pipeline; CLAP's encoder needs no names of ours
    assert set(before.parts) - set(again.parts) == {"audiomae"} & set(before.parts)
    for name, part in again.parts.items():
        own = before.parts[name].state
        assert own.keys() == part.state.keys()
        for key, tensor in part.state.items():
            # diffusers has no place for the rows of markers that are never read
            used = slice(2) if "markers" in key else slice(None)
            assert torch.equal(own[key][used], tensor[used]), key
    for key in ("latent_scale", "schedule_conf"):
        assert again.parts["ldm"].config[key] == pytest.approx(
            before.parts["ldm"].config[key]
        )


def test_a_speech_folder_holds_a_vits_model_around_the_phoneme_encoder(tmp_path):
    from transformers import VitsModel

    system = official("speech")
    write_diffusers(system, tmp_path)
    model = VitsModel.from_pretrained(tmp_path / "text_encoder_2")
    own = system.parts["loa_lm"].state["text_encoder.net.embed_tokens.weight"]
    assert torch.equal(model.text_encoder.embed_tokens.weight, own)
    first = read_diffusers(tmp_path, GEOMETRY)
    assert first.parts["loa_lm"].leftover
    write_diffusers(first, tmp_path / "again")
    second = read_diffusers(tmp_path / "again", GEOMETRY)
    rest = second.parts["loa_lm"].leftover
    assert first.parts["loa_lm"].leftover.keys() == rest.keys()
    assert all(torch.equal(first.parts["loa_lm"].leftover[n], rest[n]) for n in rest)


def test_a_system_with_nothing_for_diffusers_is_refused(full, tmp_path):
    mae = System("custom", {"audiomae": full.parts["audiomae"]}, {})
    with pytest.raises(ValueError, match="none of the "):
        write_diffusers(mae, tmp_path / "out")
