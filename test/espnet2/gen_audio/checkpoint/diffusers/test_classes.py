"""The index of a pipeline's folder names classes that the libraries have."""

import importlib

import pytest

from espnet2.gen_audio.checkpoint.diffusers.classes import CLASSES, model_index


def test_the_index_names_phonemes_for_speech():
    assert model_index(True)["text_encoder_2"][1] == "VitsModel"
    assert model_index(False)["text_encoder_2"][1] == "T5EncoderModel"
    assert model_index(False)["language_model"][1].startswith("GPT2")


@pytest.mark.parametrize("speech", [False, True])
def test_every_component_has_a_class_that_can_be_imported(speech):
    index = model_index(speech)
    for name in CLASSES:
        library, class_name = index[name]
        if library == "audioldm2":  # diffusers' own name for a folder of its pipelines
            library = "diffusers.pipelines.audioldm2"
        assert isinstance(getattr(importlib.import_module(library), class_name), type)
