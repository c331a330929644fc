"""Experiments put together to a system."""

import pytest
import torch

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
