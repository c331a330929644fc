"""Parts of trained experiments: what lasts, what stays behind, where it came from."""

from collections.abc import Mapping

import pytest
import torch
import yaml

from espnet2.gen_audio.checkpoint.archive.folder import write_system
from espnet2.gen_audio.checkpoint.archive.provenance import origin_of
from espnet2.gen_audio.checkpoint.archive.system import NETS, OWN_NETS, System
from espnet2.gen_audio.checkpoint.archive.trained import part_of
from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.parts import PARTS
from espnet2.gen_audio.vae.choices import vae_choices
from espnet2.gen_audio.vocoder.choices import vocoder_choices

GEOMETRY = {
    "seconds": 0.64,
    "n_mels": 16,
    "fbank_bins": 32,
    "downsample": 4,
    "latent_channels": 4,
}
VOCODER = {
    "part": "vocoder",
    "geometry_conf": GEOMETRY,
    "vocoder_conf": {"upsample_initial_channel": 32, "initializer_range": None},
    "discriminator_conf": {
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
    },
    "segment_frames": 8,
}
AUDIOMAE = {
    "part": "audiomae",
    "geometry_conf": GEOMETRY,
    "encoder_conf": {"width": 16, "layers": 3, "heads": 2},
    "decoder_conf": {"kind": "global", "width": 16, "layers": 1, "heads": 2},
    "model_conf": {"mask_ratio": 0.5},
}
# Options that every config.yaml holds and no model needs.
TRAINER = {
    "max_epoch": 3,
    "output_dir": "/some/where",
    "optim": "adamw",
    "train_data_path_and_name_and_type": [["/some/data", "loa", "kaldi_ark"]],
    "best_model_criterion": [["valid", "loss", "min"]],
    "initialised_from": ["/some/file"],
}


def build(config):
    return PARTS[config["part"]].build(config)


def train(folder, config, model):
    """Leave a folder as ESPnet does: epoch files, links to them, config.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    config = TRAINER | config
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    phase, key, _ = config["best_model_criterion"][0]
    for epoch in (2, 3):
        torch.save(model.state_dict(), folder / f"{epoch}epoch.pth")
    (folder / f"{phase}.{key}.best.pth").unlink(missing_ok=True)
    (folder / f"{phase}.{key}.best.pth").symlink_to("2epoch.pth")
    return folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A vocoder and an AudioMAE, and their folders."""
    torch.manual_seed(1)
    root, folders = tmp_path_factory.mktemp("exp"), {}
    for config in (VOCODER, AUDIOMAE):
        name = config["part"]
        folders[name] = train(root / f"{name}_tiny_1234", config, build(config))
    return folders


@pytest.fixture(scope="module")
def joint(experiments, tmp_path_factory):
    parts = {
        name: yaml.safe_load((experiments[name] / "config.yaml").read_text())
        for name in ("loa_lm", "ldm")
    }
    torch.manual_seed(2)
    config = {"part": "joint", **{f"{name}_conf": c for name, c in parts.items()}}
    model = build(config)
    model.update_ema()
    with torch.no_grad():  # what was trained last is not the average
        for weight in model.ldm.unet.parameters():
            weight.add_(1.0)
    return train(tmp_path_factory.mktemp("exp") / "joint_tiny_5678", config, model)


def rebuilt(part, folder):
    """Write a part as a system does, and load it as any other experiment."""
    write_system(System("custom", {part.name: part}, {}), folder)
    return load_experiment(folder / part.name)


def test_a_part_has_the_weights_of_use_and_nothing_of_training(experiments, trained):
    for folder in (experiments["ldm"], experiments["vae"], *trained.values()):
        (part,) = part_of(folder)
        assert not {"max_epoch", "optim", "output_dir"} & part.config.keys()
        lost = ("ema", "discriminator", "generator_steps")
        assert not [name for name in part.state if name.split(".")[0] in lost]
        assert "/some" not in yaml.safe_dump(part.config)


def test_a_part_written_and_loaded_again_computes_the_same(
    experiments, trained, tmp_path
):
    mel = torch.randn(1, 8, 16, generator=torch.Generator().manual_seed(0))
    latent = torch.randn(1, 4, 16, 4, generator=torch.Generator().manual_seed(0))
    audio = torch.rand(1, 10240, generator=torch.Generator().manual_seed(0)) - 0.5
    for folder, use in (
        (trained["vocoder"], lambda model: model.decode(mel)),
        (trained["audiomae"], lambda model: model.patch_features(audio)),
        (experiments["vae"], lambda model: model.vae.decode(latent)),
    ):
        (part,) = part_of(folder)
        again = rebuilt(part, tmp_path / part.name)
        assert torch.equal(use(load_experiment(folder)), use(again)), part.name


def test_every_vocoder_and_autoencoder_that_can_be_trained_can_be_packed(
    experiments, tmp_path
):
    networks = yaml.safe_load((experiments["vae"] / "config.yaml").read_text())
    # a choice that is not here has no arguments for a tiny model yet
    vocoders = {
        "hifigan": VOCODER["vocoder_conf"],
        "vocos": {"channels": 8, "hidden": 8, "blocks": 1},
    }
    autoencoders = {
        "mel_vae": networks["vae_conf"],
        "linear_mel_vae": {"correction": False, "components": 2},
        "light_mel_vae": networks["vae_conf"]
        | {"decoder_channels": [4, 4, 8], "decoder_groups": 2},
    }
    used = {n for n, c in vocoder_choices.classes.items() if c.is_trained}
    assert set(vocoders) == used and set(autoencoders) == set(vae_choices.classes)
    mel = torch.randn(1, 64, 16, generator=torch.Generator().manual_seed(0))
    for config, option, confs in (
        (VOCODER, "vocoder", vocoders),
        (networks, "vae", autoencoders),
    ):
        for name, conf in confs.items():
            own = config | {option: name, f"{option}_conf": conf}
            folder = train(tmp_path / "exp" / name, own, build(own))
            (part,) = part_of(folder)
            again = getattr(rebuilt(part, tmp_path / "packed" / name), option)
            model = getattr(load_experiment(folder), option)
            use = "decode" if option == "vocoder" else "encode"
            found, expected = (getattr(m.eval(), use)(mel) for m in (again, model))
            torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


def test_the_average_stands_in_the_place_of_the_live_weights(joint, tmp_path):
    loa_lm, ldm = part_of(joint)
    assert (loa_lm.name, ldm.name) == ("loa_lm", "ldm")
    saved = torch.load(joint / "2epoch.pth", weights_only=True)
    name = "net.conv_in.weight"
    average = saved["ldm.ema." + name.replace(".", "/")]
    assert torch.equal(ldm.state[f"unet.{name}"], average)
    assert not torch.equal(saved[f"ldm.unet.{name}"], average)
    assert ldm.provenance["weights"] == "ema"
    for name in ("lm.gpt2.ln_f.weight", "lm.sequence.projections.tokens.weight"):
        assert torch.equal(loa_lm.state[name], saved[f"loa_lm.{name}"])
    assert rebuilt(ldm, tmp_path).unet.widths["loa"] == 16


def test_kernels_of_the_vocoder_are_folded(trained):
    (part,) = part_of(trained["vocoder"])
    assert part.config["vocoder_conf"]["weight_norm"] is False
    assert part.config["vocoder_conf"]["upsample_initial_channel"] == 32
    assert not [name for name in part.state if "parametrizations" in name]


def test_the_origin_names_experiment_and_epochs_and_no_place(trained, joint):
    for part in part_of(joint):
        origin = part.provenance
        assert origin["experiment"] == "joint_tiny_5678"
        assert (origin["epoch"], origin["epochs"]) == (2, 3)
        assert origin["source"] == "trained here"
    assert origin_of(trained["vocoder"], "3epoch.pth")["epoch"] == 3


def test_fine_tuned_weights_keep_the_licence_they_began_from(trained, tmp_path):
    start = {"source": "full.pth", "licence": "CC BY-NC-SA 4.0"}
    config = AUDIOMAE | {"finetuned_from": [start, start | {"source": "x.pth"}]}
    origin = origin_of(train(tmp_path / "tuned", config, build(AUDIOMAE)))
    assert origin["licence"] == "CC BY-NC-SA 4.0"
    assert origin["finetuned_from"][0] == start
    assert "not stated" in origin_of(trained["audiomae"])["licence"]


def test_a_part_of_a_system_is_passed_on_with_its_own_origin(experiments, tmp_path):
    (part,) = part_of(experiments["vae"])
    part.provenance = {"source": "full.pth", "licence": "CC BY-NC-SA 4.0", "notes": []}
    part.leftover = {"loss.logvar": torch.zeros(1)}
    write_system(System("custom", {"vae": part}, {}), tmp_path)
    (again,) = part_of(tmp_path / "vae")
    assert again.config == part.config and again.provenance == part.provenance
    assert torch.equal(again.leftover["loss.logvar"], torch.zeros(1))
    assert origin_of(tmp_path / "vae")["sha256"]


@pytest.mark.parametrize("part", sorted((*NETS, *OWN_NETS)))
def test_every_key_that_a_builder_reads_is_kept(
    part, experiments, trained, student_experiment
):
    class Watched(Mapping):
        """A config that notes what is asked of it."""

        def __init__(self, content):
            self.content, self.asked = content, set()

        def get(self, key, default=None):
            self.asked.add(key)
            return self.content.get(key, default)

        def __getitem__(self, key):
            self.asked.add(key)
            return self.content[key]

        def __iter__(self):
            return iter(self.content)

        def __len__(self):
            return len(self.content)

    folder = (experiments | trained | {"ldm_student": student_experiment})[part]
    config = Watched(yaml.safe_load((folder / "config.yaml").read_text()))
    PARTS[part].build(config)
    assert config.asked - {"part"} <= {"geometry_conf", *PARTS[part].config_keys()}


def test_a_folder_of_another_kind_is_refused_in_one_line(tmp_path):
    (tmp_path / "config.yaml").write_text("part: asr\n")
    with pytest.raises(ValueError, match="'asr'.*one of") as error:
        part_of(tmp_path)
    assert "\n" not in str(error.value)
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(ValueError, match="'asr'.*converted part"):
        part_of(tmp_path)
