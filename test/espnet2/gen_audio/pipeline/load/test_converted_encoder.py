"""The caption encoder of a converted folder: which streams, and what is missing."""

import pytest

from espnet2.gen_audio.checkpoint.archive.folder import write_system
from espnet2.gen_audio.checkpoint.archive.system import System
from espnet2.gen_audio.pipeline.captions import CaptionEncoder
from espnet2.gen_audio.pipeline.load.converted import load_converted, stored_system
from espnet2.gen_audio.pipeline.load.converted_encoder import caption_encoder
from espnet2.gen_audio.text.caption_units import TextUnits, train_units


def test_an_encoder_without_tokenizer_names_the_option_that_adds_it(parts, tmp_path):
    write_system(System("custom", parts, {}), tmp_path)
    with pytest.raises(ValueError, match="has no (sentence|tokens)_encoder"):
        load_converted(tmp_path)
    for stream in ("sentence", "tokens"):
        folder = tmp_path / f"{stream}_encoder"
        folder.mkdir()
        (folder / "config.json").write_text('{"model_type": "t5"}')
    with pytest.raises(ValueError, match="--(sentence|tokens)_tokenizer FOLDER"):
        load_converted(tmp_path)


def test_encoders_that_are_only_named_are_found_by_their_names(
    parts, tmp_path, monkeypatch
):
    names = []

    def from_models(sentence, tokens, *others):
        names.append((sentence, tokens))
        return CaptionEncoder({})

    monkeypatch.setattr(CaptionEncoder, "from_models", from_models)
    elsewhere = {"tokens_encoder": "owner/t5", "sentence_encoder": "package:a/b"}
    write_system(System("custom", parts, {}, elsewhere=elsewhere), tmp_path)
    caption_encoder(tmp_path, stored_system(tmp_path).shapes())
    assert names == [("package:a/b", "owner/t5")]


def test_units_of_the_training_take_the_place_of_encoders(parts, tmp_path):
    units = TextUnits(train_units(["a dog barks", "rain"], 40))
    write_system(System("custom", parts, {}), tmp_path)
    shapes = stored_system(tmp_path).shapes()
    parts["loa_lm"].config |= {"text_encoder": "units", "units_model": units.to_text()}
    write_system(System("custom", parts, {}), tmp_path)
    batch = caption_encoder(tmp_path, shapes)(["rain"])
    assert batch["caption"][0].tolist() == units.encode("rain")
