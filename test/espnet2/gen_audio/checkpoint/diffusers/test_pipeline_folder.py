"""Which components an AudioLDM2Pipeline folder has, and what they say of the system."""

import json

import torch
from safetensors.torch import save_file

from espnet2.gen_audio.checkpoint.diffusers.pipeline_folder import PipelineFolder


def write(folder, name, config=None, file="config.json"):
    (folder / name).mkdir()
    save_file({"a": torch.ones(1)}, folder / name / "model.safetensors")
    if config is not None:
        (folder / name / file).write_text(json.dumps(config))


def test_components_are_those_that_are_there(tmp_path):
    write(tmp_path, "vae", {"latent_channels": 4})
    write(tmp_path, "scheduler", {"beta_start": 0.1}, "scheduler_config.json")
    folder = PipelineFolder(tmp_path)
    assert set(folder.states) == {"vae"}
    assert folder.config("vae").stated == {"latent_channels": 4}
    assert folder.config("scheduler").stated == {"beta_start": 0.1}
    assert not folder.config("unet").is_there
    assert folder.source == tmp_path.name


def test_speech_is_known_by_its_second_encoder(tmp_path):
    folder = PipelineFolder(tmp_path)
    assert not folder.speech
    write(tmp_path, "text_encoder_2", {"model_type": "vits"})
    assert folder.speech


def test_a_whole_pipeline_without_gpt2_attends_to_no_loa(tmp_path):
    assert PipelineFolder(tmp_path).attends_to_loa
    (tmp_path / "model_index.json").write_text("{}")
    assert not PipelineFolder(tmp_path).attends_to_loa
    write(tmp_path, "language_model")
    assert PipelineFolder(tmp_path).attends_to_loa


def test_heads_of_gpt2_are_known_by_both_names(tmp_path):
    write(tmp_path, "language_model", {"num_attention_heads": 3})
    assert PipelineFolder(tmp_path).config("language_model").stated["n_head"] == 3
