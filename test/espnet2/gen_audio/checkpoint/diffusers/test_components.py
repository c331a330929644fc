"""U-Net, autoencoder and vocoder of a folder, against their config files."""

import json

import official_state
import pytest

from espnet2.gen_audio.checkpoint.diffusers.components import (
    read_diffusion_model,
    read_vae,
    read_vocoder,
)
from espnet2.gen_audio.checkpoint.diffusers.export import write_diffusers
from espnet2.gen_audio.checkpoint.diffusers.pipeline_folder import PipelineFolder
from espnet2.gen_audio.checkpoint.official.read import read_official
from espnet2.gen_audio.feats.clip import ClipGeometry

GEOMETRY = ClipGeometry(**official_state.GEOMETRY)


@pytest.fixture
def full(tmp_path):
    state = official_state.complete("full")
    write_diffusers(read_official(state, "x.pth", geometry=GEOMETRY), tmp_path)
    return tmp_path


def change(folder, component, **values):
    path = folder / component / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))
    return PipelineFolder(folder)


def test_groups_and_heads_of_a_folder_become_the_config(full):
    folder = change(full, "unet", norm_num_groups=16, attention_head_dim=[1, 4, 8, 16])
    conf = read_diffusion_model(folder, GEOMETRY).config["unet_conf"]
    assert conf["norm_num_groups"] == 16 and conf["heads"] == [1, 4, 8, 16]
    conf = read_vae(change(full, "vae", norm_num_groups=16), GEOMETRY).config
    assert conf["vae_conf"]["norm_num_groups"] == 16


def test_the_scale_of_latents_is_the_diffusion_models(full):
    folder = change(full, "vae", scaling_factor=0.25)
    assert read_diffusion_model(folder, GEOMETRY).config["latent_scale"] == 0.25
    assert not read_vae(folder, GEOMETRY).provenance["notes"]
    folder.states.pop("unet")
    assert "latent scale 0.25" in read_vae(folder, GEOMETRY).provenance["notes"][-1]


def test_a_geometry_that_a_vocoder_does_not_have_is_refused(full):
    folder = change(full, "vocoder", sampling_rate=48000)
    with pytest.raises(ValueError, match="vocoder/config.json: sampling_rate 48000"):
        read_vocoder(folder, GEOMETRY)


def test_another_scheduler_than_ddim_is_refused(full):
    path = full / "scheduler" / "scheduler_config.json"
    text = path.read_text().replace("DDIMScheduler", "PNDMScheduler")
    path.write_text(text)
    with pytest.raises(ValueError, match="_class_name 'PNDMScheduler'.*DDIMScheduler"):
        read_diffusion_model(PipelineFolder(full), GEOMETRY)
