"""Joint training through ESPnet, from the folders of two experiments."""

import numpy as np
import pytest
import torch
import yaml

from espnet2.gen_audio.checkpoint.archive.trained import part_of
from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.compat import MatrixWriter
from espnet2.gen_audio.diffusion.build import build_ldm
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.files.tensor_file import load_tensors
from espnet2.gen_audio.loa_lm.build import build_loa_lm
from espnet2.gen_audio.tasks.joint import JointTask

GEOMETRY = {"seconds": 0.64, "downsample": 8, "latent_channels": 2}
LM = {
    "part": "loa_lm",
    "geometry_conf": GEOMETRY,
    "lm_conf": {
        "width": 6,
        "layers": 1,
        "heads": 1,
        "vocab_size": 1,
        "condition_dims": {"sentence": 3, "tokens": 5},
    },
    "model_conf": {"loa_factor": 4},
    "output_dir": "/somewhere/else",
}
LDM = {
    "part": "ldm",
    "geometry_conf": GEOMETRY,
    "unet_conf": {
        "channels": [32],
        "layers_per_block": 1,
        "loa_dim": 6,
        "tokens_dim": 5,
        "joined_dim": 8,
    },
    "conditions_conf": {"loa_factor": 4},
    "latent_scale": 0.25,
    "null_tokens": [[1.0] * 5],
}
CONFIG = {
    "optim": "sgd",
    "optim_conf": {"lr": 0.0},  # so that initial weights can be told from others
    "batch_type": "unsorted",
    "batch_size": 2,
    "max_epoch": 1,
    "num_workers": 0,
    "use_matplotlib": False,
    "use_tensorboard": False,
    "best_model_criterion": [["valid", "eps_mse", "min"]],
}
ROWS = {"latent": (8, 32), "loa": (32, 6), "sentence": (1, 3), "tokens": (3, 5)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("joint")
    rng = np.random.default_rng(0)
    for name, shape in ROWS.items():
        with MatrixWriter(folder / f"{name}.ark", folder / f"{name}.scp") as writer:
            for clip in range(2):
                writer[f"clip{clip}"] = rng.normal(size=shape)
    write_text(folder / "latent_shape", "clip0 8,32\nclip1 8,32\n")
    write_text(folder / "config.yaml", yaml.safe_dump(CONFIG))
    torch.manual_seed(0)
    ldm = build_ldm(LDM)
    ldm.update_ema()
    with torch.no_grad():
        ldm.unet.net.conv_in.bias.fill_(9.0)  # live weights leave their average
    for name, model, config in (
        ("loa_lm", build_loa_lm(LM), LM),
        ("ldm", ldm, LDM),
    ):
        (folder / name).mkdir()
        torch.save(model.state_dict(), folder / name / "best.pth")
        write_text(folder / name / "config.yaml", yaml.safe_dump(config))
    return folder


def words(folder, output):
    result = ["--config", f"{folder}/config.yaml", "--output_dir", str(output)]
    for part in ("loa_lm", "ldm"):
        result += [f"--{part}_config", f"{folder}/{part}/config.yaml"]
        result += ["--init_from", f"{folder}/{part}/best.pth::{part}"]
    for mode in ("train", "valid"):
        result += [f"--{mode}_shape_file", f"{folder}/latent_shape"]
        for name in ROWS:
            result += [f"--{mode}_data_path_and_name_and_type"]
            result += [f"{folder}/{name}.scp,{name},kaldi_ark"]
    return result


def test_training_starts_from_both_experiments_and_keeps_their_configs(
    folder, tmp_path
):
    JointTask.main(cmd=words(folder, tmp_path))
    config = yaml.safe_load((tmp_path / "config.yaml").read_text())
    assert config["part"] == "joint"
    assert config["loa_lm_conf"]["lm_conf"] == LM["lm_conf"]
    assert config["ldm_conf"]["latent_scale"] == 0.25
    assert "output_dir" not in config["loa_lm_conf"]
    assert config["geometry_conf"]["seconds"] == 0.64
    model = load_experiment(tmp_path)
    lm = load_tensors(folder / "loa_lm" / "best.pth")
    ldm = load_tensors(folder / "ldm" / "best.pth")
    name = next(name for name in lm if name.endswith("weight"))
    assert torch.equal(model.loa_lm.state_dict()[name], lm[name])
    # the U-Net starts from the average, as generation uses it
    bias = model.ldm.unet.net.conv_in.bias
    assert torch.equal(bias, ldm["ema.net/conv_in/bias"])


def test_training_options_come_from_the_experiment_of_the_diffusion_model(
    folder, tmp_path
):
    options = {
        "schedule_conf": {"loss_weighting": "min_snr"},
        "model_conf": {"step_distribution": "stratified", "draws_per_clip": 2},
    }
    write_text(tmp_path / "ldm.yaml", yaml.safe_dump({**LDM, **options}))
    command = [*words(folder, tmp_path / "exp"), "--ldm_config", f"{tmp_path}/ldm.yaml"]
    JointTask.main(cmd=command)
    ldm = load_experiment(tmp_path / "exp").ldm
    assert (ldm.process.weighting.name, ldm.draws_per_clip) == ("min_snr", 2)
    assert ldm.step_distribution.name == "stratified"


def test_alignment_goes_on_from_the_experiment_of_the_diffusion_model(folder, tmp_path):
    aligned = {**LDM, "alignment_conf": {"width": 4}}
    write_text(tmp_path / "ldm.yaml", yaml.safe_dump(aligned))
    own = build_ldm(aligned)
    torch.save(own.state_dict(), tmp_path / "ldm.pth")
    command = words(folder, tmp_path / "exp")
    command[command.index(f"{folder}/ldm/config.yaml")] = f"{tmp_path}/ldm.yaml"
    command[command.index(f"{folder}/ldm/best.pth::ldm")] = f"{tmp_path}/ldm.pth::ldm"
    JointTask.main(cmd=command)
    state = load_tensors(tmp_path / "exp" / "latest.pth")
    head = own.alignment.head[0].weight
    assert torch.equal(state["ldm.alignment.head.0.weight"], head)
    stats = load_tensors(tmp_path / "exp" / "checkpoint.pth")["reporter"]["stats"]
    assert {"alignment", "eps_mse"} <= stats[1]["train"].keys() & stats[1]["valid"]
    assert load_experiment(tmp_path / "exp").ldm.alignment is None
    assert "alignment_conf" not in part_of(tmp_path / "exp")[1].config
    # without the option the head of the diffusion model's training is left out
    command = words(folder, tmp_path / "without")
    command[command.index(f"{folder}/ldm/best.pth::ldm")] = f"{tmp_path}/ldm.pth::ldm"
    JointTask.main(cmd=command)
    state = load_tensors(tmp_path / "without" / "latest.pth")
    assert not [name for name in state if "alignment" in name]


SPEECH = {
    "g2p": "char",
    "cleaner": "none",
    "tokens": ["<blank>", "<unk>", "a", "b", "<sos/eos>"],
}


def test_phonemes_reach_the_language_model_alone(folder, tmp_path):
    sizes = {"width": 6, "heads": 2, "layers": 1, "inner": 8}
    lm = {
        **LM,
        "text_encoder": "phonemes",
        "text_encoder_conf": sizes,
        "phonemes_conf": SPEECH,
        "lm_conf": {**LM["lm_conf"], "condition_dims": {"tokens": 6}},
    }
    ldm = {**LDM, "unet_conf": {**LDM["unet_conf"], "tokens_dim": None}}
    ldm["null_tokens"] = None
    write_text(tmp_path / "phonemes", "clip0 a b\nclip1 b\n")
    command = ["--config", f"{folder}/config.yaml", "--output_dir", f"{tmp_path}/exp"]
    for part, config in (("loa_lm", lm), ("ldm", ldm)):
        write_text(tmp_path / f"{part}.yaml", yaml.safe_dump(config))
        command += [f"--{part}_config", f"{tmp_path}/{part}.yaml"]
    for mode in ("train", "valid"):
        command += [f"--{mode}_shape_file", f"{folder}/latent_shape"]
        for name in ("latent", "loa"):
            command += [f"--{mode}_data_path_and_name_and_type"]
            command += [f"{folder}/{name}.scp,{name},kaldi_ark"]
        command += [f"--{mode}_data_path_and_name_and_type"]
        command += [f"{tmp_path}/phonemes,phonemes,text"]
    JointTask.main(cmd=command)
    config = yaml.safe_load((tmp_path / "exp" / "config.yaml").read_text())
    assert config["loa_lm_conf"]["phonemes_conf"] == SPEECH
    model = load_experiment(tmp_path / "exp")
    assert model.loa_lm.text_encoder.stream == "phonemes"
    assert model.ldm.conditions.text_encoder is None
    # and packing keeps what turns transcripts into ids
    loa_lm, _ = part_of(tmp_path / "exp")
    assert loa_lm.config["phonemes_conf"] == SPEECH


def test_a_part_that_reads_phonemes_beside_one_that_reads_captions_is_refused(
    folder, tmp_path
):
    speech, captions = "{text_encoder: phonemes}", "{text_encoder: units}"
    options = ["--loa_lm_conf", speech, "--ldm_conf", captions]
    with pytest.raises(ValueError, match="ldm on LOA only"):
        JointTask.main(
            cmd=[*words(folder, tmp_path), *options, "--ldm_conf", "units_model=x"]
        )


def test_the_config_of_another_part_is_refused(folder, tmp_path):
    options = ["--ldm_config", f"{folder}/loa_lm/config.yaml"]
    with pytest.raises(ValueError, match="config of a loa_lm"):
        JointTask.main(cmd=words(folder, tmp_path) + options)
