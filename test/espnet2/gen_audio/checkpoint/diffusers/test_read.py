"""Folders that are not whole, and what reading one says in the log."""

import json
import logging

import official_state
import pytest
import torch
from safetensors.torch import save_file

from espnet2.gen_audio.checkpoint.diffusers.export import write_diffusers
from espnet2.gen_audio.checkpoint.diffusers.read import read_diffusers
from espnet2.gen_audio.checkpoint.official.read import read_official
from espnet2.gen_audio.feats.clip import ClipGeometry


def test_a_folder_of_nothing_is_refused(tmp_path):
    (tmp_path / "model_index.json").write_text("{}")
    with pytest.raises(ValueError, match="no part of an AudioLDM2Pipeline"):
        read_diffusers(tmp_path)


def test_gpt2_without_its_projections_is_refused(tmp_path):
    (tmp_path / "language_model").mkdir()
    save_file({"a": torch.ones(2)}, tmp_path / "language_model" / "model.safetensors")
    with pytest.raises(ValueError, match="has no projection_model"):
        read_diffusers(tmp_path)


def test_what_a_folder_does_not_state_is_inferred_and_named_in_the_log(
    tmp_path, caplog
):
    geometry = ClipGeometry(**official_state.GEOMETRY)
    state = official_state.complete("full")
    write_diffusers(read_official(state, "full.pth", geometry=geometry), tmp_path)
    before = read_diffusers(tmp_path, geometry)
    path = tmp_path / "unet" / "config.json"
    config = json.loads(path.read_text())
    del config["norm_num_groups"], config["norm_eps"]
    path.write_text(json.dumps(config))
    (tmp_path / "vocoder" / "config.json").unlink()
    with caplog.at_level(logging.INFO):
        after = read_diffusers(tmp_path, geometry)
    assumed = "does not state all settings; assumed: norm_num_groups 32, norm_eps"
    assert f"unet/config.json {assumed}" in caplog.text
    assert "no vocoder/config.json; assumed as published: sampling_rate" in caplog.text
    for name, part in before.parts.items():
        assert part.config == after.parts[name].config
