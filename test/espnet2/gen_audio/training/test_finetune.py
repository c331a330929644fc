"""Fine-tuning: sizes and weights of the given part, our way of training."""

import argparse
import copy

import pytest
import torch
import yaml

from espnet2.gen_audio.audiomae.build import build_audiomae
from espnet2.gen_audio.checkpoint.archive.folder import write_system
from espnet2.gen_audio.checkpoint.archive.system import Part, System
from espnet2.gen_audio.checkpoint.archive.trained import part_of
from espnet2.gen_audio.diffusion.build import build_ldm
from espnet2.gen_audio.text.phoneme_reader import PUBLISHED_CONF
from espnet2.gen_audio.text.phoneme_vocabulary import PhonemeVocabulary
from espnet2.gen_audio.training.finetune import origins_of, start_from, take_config
from espnet2.gen_audio.vae.build import build_vae
from espnet2.gen_audio.vocoder.build import build_vocoder

GEOMETRY = {"seconds": 0.64, "n_mels": 16, "fbank_bins": 32, "downsample": 4}
DISCRIMINATOR = {
    "scales": 1,
    "follow_official_norm": False,
    "scale_discriminator_params": {
        "channels": 16,
        "max_downsample_channels": 16,
        "downsample_scales": [4],
    },
    "periods": [2],
    "period_discriminator_params": {
        "channels": 4,
        "max_downsample_channels": 4,
        "downsample_scales": [3],
    },
}
MINE = {  # what a YAML of ours says: other sizes, its own way of training
    "geometry": "conf/geometry.yaml",
    "geometry_conf": {},
    "unet_conf": {"channels": [64], "joined_dim": 64},
    "schedule_conf": {"num_steps": 10},
    "process_conf": {},
    "conditions_conf": {"loa_factor": 8, "p_drop_all": 0.3},
    "model_conf": {"objective": "v", "ema_decay": 0.5},
    "latent_scale": None,
    "null_tokens": None,
    "null_sentence": None,
    "text_encoder": "units",
    "text_encoder_conf": {"width": 8},
    "units_model": "dump/units",
}
VAE = {
    "geometry": None,
    "geometry_conf": {},
    "vae_conf": {},
    "discriminator_conf": {"width": 8},
}


@pytest.fixture
def system(experiments, tmp_path):
    """A converted system: diffusion model and VAE of the tiny experiments."""
    parts = {}
    for name in ("ldm", "vae"):
        (part,) = part_of(experiments[name])
        part.provenance = {"source": "full.pth", "licence": "CC", "notes": ["n"]}
        parts[name] = part
    write_system(System("custom", parts, {}), tmp_path / "system")
    return tmp_path / "system"


def args_of(part, **values):
    return argparse.Namespace(part=part, **copy.deepcopy(values))


def test_sizes_come_from_the_part_and_training_from_the_config(system):
    args = args_of("ldm", **MINE)
    take_config(args, system / "ldm")
    theirs = yaml.safe_load((system / "ldm" / "config.yaml").read_text())
    assert args.unet_conf == theirs["unet_conf"]  # no joined_dim of ours is left
    assert args.schedule_conf == {}  # theirs says nothing: the default
    assert args.conditions_conf == {"loa_factor": 2, "p_drop_all": 0.3}
    assert args.model_conf == {"ema_decay": 0.5}  # the default objective
    assert args.geometry is None and args.geometry_conf == theirs["geometry_conf"]
    assert args.latent_scale == 2.0 and args.null_tokens == theirs["null_tokens"]
    assert (args.text_encoder, args.units_model) == ("none", None)
    again = copy.deepcopy(args)
    take_config(again, system / "ldm")
    assert again == args


def test_what_was_measured_here_is_kept(system):
    given = {"latent_scale": 0.5, "null_tokens": "dump/null.npy"}
    args = args_of("ldm", **MINE | given)
    take_config(args, system / "ldm")
    assert (args.latent_scale, args.null_tokens) == (0.5, "dump/null.npy")


def test_how_much_is_dropped_in_training_is_no_size(tmp_path):
    lm_conf = {"width": 8, "layers": 1}
    config = {"part": "loa_lm", "lm_conf": lm_conf, "geometry_conf": GEOMETRY}
    state = {"weight": torch.ones(1)}
    write_system(
        System("custom", {"loa_lm": Part("loa_lm", config, state)}, {}), tmp_path
    )
    mine = MINE | {"lm_conf": {"width": 4, "dropout": 0.4}}
    args = args_of("loa_lm", **mine)
    take_config(args, tmp_path / "loa_lm")
    assert args.lm_conf == lm_conf | {"dropout": 0.4}


def test_weights_of_the_loss_are_those_of_the_config_and_the_schedule_is_theirs(system):
    weighting = {"loss_weighting": "min_snr", "min_snr_gamma": 3.0}
    for conf in ("schedule_conf", "process_conf"):
        args = args_of("ldm", **MINE | {conf: {"num_steps": 10} | weighting})
        take_config(args, system / "ldm")
        assert getattr(args, conf) == weighting
        process = build_ldm(vars(args)).process
        assert (process.num_steps, process.weighting.gamma) == (1000, 3.0)


def test_the_network_and_its_average_begin_with_the_weights_of_the_part(system):
    config = yaml.safe_load((system / "ldm" / "config.yaml").read_text())
    model = build_ldm(config | {"model_conf": {"ema_decay": 0.9}})
    start_from(model, system / "ldm")
    (part,) = part_of(system / "ldm")
    state = model.state_dict()
    for name, weight in part.state.items():
        assert torch.equal(state[name], weight), name
        inner = name.removeprefix("unet.").replace(".", "/")
        assert torch.equal(state[f"ema.{inner}"], weight), name
    assert model.ema.num_updates == 1


def test_a_part_is_fine_tuned_with_an_alignment_of_ours(system, caplog):
    caplog.set_level("INFO")
    args = args_of("ldm", **MINE | {"alignment_conf": {"width": 4}})
    take_config(args, system / "ldm")
    assert args.alignment_conf == {"width": 4}
    model = build_ldm(vars(args))
    start_from(model, system / "ldm")
    assert model.alignment.head[0].out_features == 4
    assert "newly initialised: alignment" in caplog.text


def test_discriminators_start_fresh_and_are_ours(system, caplog):
    caplog.set_level("INFO")
    args = args_of("vae", **VAE)
    take_config(args, system / "vae")
    assert args.discriminator_conf == {"width": 8}
    model = build_vae(vars(args))
    before = {k: v.clone() for k, v in model.discriminator.state_dict().items()}
    start_from(model, system / "vae")
    for name, weight in model.discriminator.state_dict().items():
        assert torch.equal(before[name], weight)
    assert "newly initialised: discriminator, generator_steps" in caplog.text


def test_a_folded_vocoder_goes_on_with_weight_norm_and_sounds_the_same(tmp_path):
    torch.manual_seed(0)
    conf = {"upsample_initial_channel": 32, "initializer_range": None}
    config = {"geometry_conf": GEOMETRY, "discriminator_conf": DISCRIMINATOR}
    folded = build_vocoder(
        config | {"vocoder_conf": conf | {"weight_norm": False}}
    ).eval()
    state = {
        f"vocoder.{name}": weight
        for name, weight in folded.vocoder.folded_state().items()
    }
    part = Part(
        "vocoder",
        {
            "part": "vocoder",
            "geometry_conf": GEOMETRY,
            "vocoder_conf": conf | {"weight_norm": False},
            "absent_weights": ["discriminator", "generator_steps"],
        },
        state,
    )
    write_system(System("custom", {"vocoder": part}, {}), tmp_path)
    given = {"geometry": None, "vocoder": "hifigan", "vocoder_conf": {}}
    args = args_of("vocoder", **given, **config)
    take_config(args, tmp_path / "vocoder")
    assert args.vocoder_conf == conf | {"weight_norm": True}
    model = build_vocoder(vars(args)).eval()
    start_from(model, tmp_path / "vocoder")
    names = [name for name, _ in model.vocoder.named_parameters()]
    assert any("parametrizations.weight.original0" in name for name in names)
    mel = torch.randn(1, 6, 16)
    with torch.no_grad():
        wanted, found = folded.decode(mel), model.decode(mel)
    assert wanted.abs().max() > 0
    torch.testing.assert_close(found, wanted)
    name = "vocoder.net.conv_pre.weight"
    part.state[name] = torch.full_like(part.state[name], float("nan"))
    write_system(System("custom", {"vocoder": part}, {}), tmp_path)
    with pytest.raises(ValueError, match="not finite: vocoder.net.conv_pre.weight"):
        start_from(model, tmp_path / "vocoder")


def test_a_packed_vocos_goes_on_and_sounds_the_same(tmp_path):
    conf = {"channels": 8, "hidden": 8, "blocks": 1}
    config = {"part": "vocoder", "vocoder": "vocos", "geometry_conf": GEOMETRY}
    model = build_vocoder(
        config | {"vocoder_conf": conf, "discriminator_conf": DISCRIMINATOR}
    )
    part = Part(
        "vocoder",
        config
        | {
            "vocoder_conf": conf,
            "absent_weights": ["discriminator", "generator_steps"],
        },
        {k: w for k, w in model.state_dict().items() if k.startswith("vocoder.")},
        {"source": "mine"},
    )
    write_system(System("custom", {"vocoder": part}, {}), tmp_path)
    args = args_of(
        "vocoder",
        geometry=None,
        geometry_conf={},
        vocoder="hifigan",
        vocoder_conf={},
        discriminator_conf=DISCRIMINATOR,
    )
    take_config(args, tmp_path / "vocoder")
    assert (args.vocoder, args.vocoder_conf) == ("vocos", conf)
    again = build_vocoder(vars(args)).eval()
    start_from(again, tmp_path / "vocoder")
    mel = torch.randn(1, 8, 16, generator=torch.Generator().manual_seed(0))
    assert torch.equal(again.vocoder(mel), model.eval().vocoder(mel))


@pytest.mark.parametrize("held", [False, True])
def test_the_decoder_of_an_audiomae_is_theirs_if_there_is_one(held, tmp_path, caplog):
    caplog.set_level("INFO")
    torch.manual_seed(0)
    theirs = {
        "part": "audiomae",
        "geometry_conf": GEOMETRY,
        "encoder_conf": {"width": 16, "layers": 3, "heads": 2},
        "decoder_conf": {"kind": "global", "width": 16, "layers": 1, "heads": 2},
    }
    given = build_audiomae(theirs)
    state = {
        name: weight
        for name, weight in given.state_dict().items()
        if held or not name.startswith("mae.decoder.")
    }
    absent = {} if held else {"absent_weights": ["mae.decoder"]}
    part = Part("audiomae", theirs | absent, state)
    write_system(System("custom", {"audiomae": part}, {}), tmp_path)
    decoder = {"kind": "global", "width": 8, "layers": 1, "heads": 2}
    args = args_of(
        "audiomae",
        geometry=None,
        geometry_conf={},
        encoder_conf={},
        decoder_conf=decoder,
        fbank_conf={"mean": 1.0},
        model_conf={"mask_ratio": 0.5},
    )
    take_config(args, tmp_path / "audiomae")
    assert args.decoder_conf == (theirs["decoder_conf"] if held else decoder)
    assert args.fbank_conf == {} and args.model_conf == {"mask_ratio": 0.5}
    model = build_audiomae(vars(args))
    start_from(model, tmp_path / "audiomae")
    for name, weight in state.items():
        assert torch.equal(model.state_dict()[name], weight)
    assert ("newly initialised: mae.decoder" in caplog.text) is not held


def test_a_part_that_does_not_fit_is_refused_in_one_line(system):
    for folder, message in (
        (system / "vae", "holds a vae, but a ldm is trained"),
        (system, "has no config.yaml"),
    ):
        with pytest.raises(ValueError, match=message) as error:
            take_config(args_of("ldm", **MINE), folder)
        assert "\n" not in str(error.value)
    config = yaml.safe_load((system / "ldm" / "config.yaml").read_text())
    config["unet_conf"]["loa_dim"] = 32
    with pytest.raises(ValueError, match=r"\(32, 16\), not \(32, 32\)") as error:
        start_from(build_ldm(config), system / "ldm")
    assert "\n" not in str(error.value)
    config["unet_conf"]["channels"] = [32]
    with pytest.raises(ValueError, match="extra: unet.*convert the checkpoint again"):
        start_from(build_ldm(config), system / "ldm")


def test_origins_are_told_once_and_through_trainings(system, tmp_path):
    (theirs,) = origins_of([], str(system / "ldm"))
    assert theirs["part"] == "ldm" and theirs["source"] == "full.pth"
    assert theirs["licence"] == "CC" and len(theirs["sha256"]) == 64
    tuned = tmp_path / "tuned"
    tuned.mkdir()
    config = {"part": "ldm", "finetuned_from": [theirs]}
    (tuned / "config.yaml").write_text(yaml.safe_dump(config))
    vae = f"{system}/vae/model.safetensors"
    found = origins_of([f"{tuned}/1epoch.pth::ldm", vae, vae], None)
    assert [origin["part"] for origin in found] == ["ldm", "vae"]
    assert origins_of([str(tmp_path / "some.pth")], None) == []


OWN = {"g2p": "char", "tokens": ["<blank>", "<unk>", "a", "b", "<sos/eos>"]}
TEXT = {"token_list": None, "g2p": None, "cleaner": None, "phonemes_conf": {}}


@pytest.fixture
def speech(tmp_path):
    """Return a function that writes a converted language model of speech."""

    def write(**more):
        config = {
            "part": "loa_lm",
            "lm_conf": {},
            "geometry_conf": GEOMETRY,
            "text_encoder": "phonemes",
            **more,
        }
        part = Part("loa_lm", config, {"weight": torch.ones(1)})
        write_system(System("custom", {"loa_lm": part}, {}), tmp_path)
        return tmp_path / "loa_lm"

    return write


def test_phonemes_come_from_the_part_where_no_list_is_given(speech):
    args = args_of("loa_lm", **MINE | TEXT | {"lm_conf": {}})
    take_config(args, speech())
    assert args.phonemes_conf == PUBLISHED_CONF  # an older config does not say
    again = copy.deepcopy(args)
    take_config(again, speech())
    assert again == args
    take_config(args := args_of("loa_lm", **MINE | TEXT), speech(phonemes_conf=OWN))
    assert args.phonemes_conf == OWN | {"cleaner": "none"}


def test_the_positions_of_a_text_are_those_of_the_part(speech, caplog):
    lengths = {"condition_lengths": {"tokens": 310}}
    args = args_of("loa_lm", **MINE | TEXT | {"lm_conf": {"dropout": 0.2}})
    take_config(args, speech(lm_conf=lengths))
    assert args.lm_conf == lengths | {"dropout": 0.2}
    assert "earlier version converted it" not in caplog.text
    take_config(args_of("loa_lm", **MINE | TEXT), speech())
    assert "earlier version converted it" in caplog.text


def test_the_same_list_may_have_another_cleaner_and_another_list_is_refused(
    speech, tmp_path
):
    PhonemeVocabulary(OWN["tokens"]).write(tmp_path / "tokens.txt")
    mine = {"token_list": str(tmp_path / "tokens.txt"), "g2p": "char"}
    args = args_of("loa_lm", **MINE | TEXT | mine | {"cleaner": "tacotron"})
    take_config(args, speech(phonemes_conf=OWN))
    assert args.phonemes_conf == OWN | {"cleaner": "tacotron"}
    with pytest.raises(ValueError, match="the published table.*a list of 5") as error:
        take_config(args_of("loa_lm", **MINE | TEXT | mine), speech())
    assert "\n" not in str(error.value) and "--finetune_from" in str(error.value)
