"""The table of encoders: names resolve among registered classes only."""

import json

import pytest

from espnet2.gen_audio.encoder import choices
from espnet2.gen_audio.encoder.clap import ClapEncoder
from espnet2.gen_audio.encoder.hugging_face import HuggingFaceTextEncoder
from espnet2.gen_audio.text.caption_preprocessor import CaptionPreprocessor
from espnet2.gen_audio.text.caption_units import TextUnits, train_units
from espnet2.gen_audio.text.phoneme_preprocessor import PhonemePreprocessor

SIZES = {"width": 8, "layers": 1, "heads": 2}


def units_config():
    units = TextUnits(train_units(["a dog barks", "rain"], 40)).to_text()
    sizes = {"text_encoder_conf": SIZES}
    return {"text_encoder": "units", "units_model": units, **sizes}


@pytest.mark.parametrize("choice", ["t5", "os.system", "espnet2.gen_audio:x"])
def test_a_name_that_is_not_registered_is_refused_with_those_that_are(choice):
    with pytest.raises(ValueError, match=f"{choice}.*use one of none, units, phonemes"):
        choices.text_encoder_class({"text_encoder": choice})


@pytest.mark.parametrize(
    "config", [{}, {"text_encoder": None}, {"text_encoder": "none"}]
)
def test_without_a_choice_there_is_no_encoder_and_no_preprocessor(config):
    assert choices.text_encoder_class(config) is None
    assert choices.build_text_encoder(config) is None
    assert choices.text_preprocessor(config, True) is None


def test_the_chosen_encoder_brings_its_preprocessor():
    config = units_config()
    assert choices.build_text_encoder(config).width == 8
    preprocessor = choices.text_preprocessor(config, True)
    assert isinstance(preprocessor, CaptionPreprocessor)
    ids = preprocessor("a", {"caption": "rain"})["caption"]
    units = TextUnits.from_text(config["units_model"])
    assert ids.tolist() == units.encode("rain")
    spoken = choices.text_preprocessor({"text_encoder": "phonemes"}, True)
    assert isinstance(spoken, PhonemePreprocessor)


def test_a_frozen_encoder_follows_from_its_files_or_its_name(tmp_path, monkeypatch):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "clap"}))
    assert choices.frozen_encoder_class(str(tmp_path)) is ClapEncoder
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "t5"}))
    assert choices.frozen_encoder_class(str(tmp_path)) is HuggingFaceTextEncoder
    classes = choices.frozen_encoder_choices.classes
    monkeypatch.setitem(classes, "own", ClapEncoder)
    assert choices.frozen_encoder_class("own") is ClapEncoder
