"""Experiments put together to a system."""

import pytest
import torch
import yaml

from espnet2.gen_audio.diffusion.build import build_ldm
from espnet2.gen_audio.pipeline.load import (
    PartFolders,
    load_text2audio,
    load_vocoder,
    untrained_like,
)
from espnet2.gen_audio.pipeline.text2audio import SamplingOptions

FAST = SamplingOptions(scheduler="ddim", steps=2, eta=0.0, guidance_scale=2.0)


@pytest.fixture(scope="module")
def folders(experiments):
    return PartFolders(
        experiments["vae"],
        "griffin_lim",
        loa_lm=experiments["loa_lm"],
        ldm=experiments["ldm"],
    )


@pytest.fixture(scope="module")
def loaded(folders, system):
    return load_text2audio(folders, system.encode)


def latent_of(text2audio):
    heard = text2audio.heard(text2audio.conditions(["a dog"]))
    return text2audio.sample(["x"], heard, FAST)


def test_loaded_folders_give_what_the_saved_models_give(loaded, system):
    assert torch.equal(latent_of(loaded), latent_of(system))


def test_an_untrained_system_shares_the_vae_but_not_the_weights(loaded, folders):
    fresh = untrained_like(loaded, folders, seed=0)
    assert fresh.vae is loaded.vae
    assert not torch.allclose(latent_of(fresh), latent_of(loaded))
    again = untrained_like(loaded, folders, seed=0)
    assert torch.equal(latent_of(fresh), latent_of(again))


def test_building_an_untrained_system_leaves_the_random_state_alone(loaded, folders):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    untrained_like(loaded, folders, seed=0)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("given", [{}, {"loa_lm": "x"}, {"joint": "x", "ldm": "y"}])
def test_half_a_system_is_refused(given):
    with pytest.raises(ValueError, match="either the folder of the joint"):
        PartFolders("vae", "griffin_lim", **given)


def test_a_folder_of_another_part_is_refused_by_name(experiments, loaded):
    with pytest.raises(ValueError, match="part 'ldm'"):
        load_vocoder(str(experiments["ldm"]), loaded.ldm)


def saved(folder, experiments, change):
    """Save a diffusion model that is that of the experiments but for its config."""
    config = yaml.safe_load((experiments["ldm"] / "config.yaml").read_text())
    change(config)
    folder.mkdir()
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    torch.manual_seed(0)
    state = build_ldm(config).state_dict()
    torch.save(state, folder / "valid.eps_mse.best.pth")
    return folder


def test_a_model_that_does_not_know_the_empty_caption_is_told(
    experiments, system, tmp_path
):
    ldm = saved(tmp_path / "ldm", experiments, lambda c: c.update(null_tokens=None))
    folders = PartFolders(
        experiments["vae"], "griffin_lim", loa_lm=experiments["loa_lm"], ldm=ldm
    )
    loaded = load_text2audio(folders, system.encode)
    wanted = system.encode([""])["tokens"]
    for one in (loaded, untrained_like(loaded, folders, seed=0)):
        null = one.ldm.null_tokens_condition(1)
        assert torch.equal(null.embedding, wanted)


def test_a_model_without_loa_stands_alone(experiments, system, tmp_path):
    def change(config):
        config["unet_conf"]["loa_dim"] = None

    folder = saved(tmp_path / "ldm", experiments, change)
    folders = PartFolders(experiments["vae"], "griffin_lim", ldm=folder)
    loaded = load_text2audio(folders, system.encode)
    assert loaded.loa_lm is None
    assert untrained_like(loaded, folders, seed=0).loa_lm is None
    assert torch.isfinite(latent_of(loaded)).all()
    alone = PartFolders(experiments["vae"], "griffin_lim", ldm=experiments["ldm"])
    with pytest.raises(ValueError, match="LOA"):
        load_text2audio(alone, system.encode)
