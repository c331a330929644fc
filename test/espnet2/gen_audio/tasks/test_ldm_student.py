"""Training a student through ESPnet, from dumped streams and a teacher's experiment."""

import numpy as np
import pytest
import torch
import yaml

from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.compat import MatrixWriter
from espnet2.gen_audio.diffusion.build import build_ldm
from espnet2.gen_audio.diffusion.process.betas_as_flow import BetasAsFlow
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.files.tensor_file import load_tensors
from espnet2.gen_audio.tasks.ldm_student import LDMStudentTask, teacher_config

CLIPS = 4
TEACHER = {
    "part": "ldm",
    "geometry_conf": {"seconds": 0.64, "downsample": 8, "latent_channels": 2},
    "unet_conf": {
        "channels": [32],
        "layers_per_block": 1,
        "loa_dim": 6,
        "tokens_dim": 5,
        "joined_dim": 8,
    },
    "conditions_conf": {"loa_factor": 4, "loa_factors": [2, 4]},
    "model_conf": {"objective": "v", "ema_decay": 0.9},
    "alignment_conf": {},
    "null_tokens": [[1.0] * 5],
    "latent_scale": 0.25,
    "best_model_criterion": [["valid", "eps_mse", "min"]],
}
CONFIG = {
    "model_conf": {"valid_steps": 2, "passes": [1, 2], "ema_decay": 0.9},
    "optim": "adamw",
    "optim_conf": {"lr": 1.0e-3},
    "batch_type": "unsorted",
    "batch_size": 2,
    "max_epoch": 2,
    "num_workers": 0,
    "use_matplotlib": False,
    "use_tensorboard": False,
    "best_model_criterion": [["valid", "loss", "min"]],
}
ROWS = {"latent": (8, 32), "loa": (32, 6), "tokens": (3, 5)}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for name, shape in ROWS.items():
        with MatrixWriter(folder / f"{name}.ark", folder / f"{name}.scp") as writer:
            for clip in range(CLIPS):
                writer[f"clip{clip}"] = rng.normal(size=shape)
    lines = [f"clip{clip} 8,32\n" for clip in range(CLIPS)]
    write_text(folder / "latent_shape", "".join(lines))
    write_text(folder / "config.yaml", yaml.safe_dump(CONFIG))
    teacher = folder / "teacher"
    teacher.mkdir()
    write_text(teacher / "config.yaml", yaml.safe_dump(TEACHER))
    torch.manual_seed(0)
    ldm = build_ldm(TEACHER)
    ldm.update_ema()
    torch.save(ldm.state_dict(), teacher / "valid.eps_mse.best.pth")
    return folder


def words(data, output, *more):
    result = ["--config", f"{data}/config.yaml", "--output_dir", str(output)]
    for mode in ("train", "valid"):
        result += [f"--{mode}_shape_file", f"{data}/latent_shape"]
        for name in ROWS:
            result += [f"--{mode}_data_path_and_name_and_type"]
            result += [f"{data}/{name}.scp,{name},kaldi_ark"]
    return [*result, "--teacher", f"{data}/teacher", *more]


def test_a_stopped_training_ends_the_same_and_needs_no_teacher_afterwards(
    data, tmp_path
):
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    LDMStudentTask.main(cmd=words(data, whole))
    for epochs in ("1", "2"):
        more = ("--resume", "true", "--max_epoch", epochs)
        LDMStudentTask.main(cmd=words(data, halves, *more))
    state = load_tensors(whole / "latest.pth")
    for name, weight in load_tensors(halves / "latest.pth").items():
        assert torch.equal(weight, state[name]), name
    assert state["ema.num_updates"] == 4
    config = yaml.safe_load((whole / "config.yaml").read_text())
    assert config["teacher"] is None and config["part"] == "ldm_student"
    assert config["ldm_conf"]["null_tokens"] == [[1.0] * 5]
    student = load_experiment(whole)
    assert isinstance(student.process, BetasAsFlow) and student.teacher is None
    assert student.latent_scale == 0.25
    taught = load_experiment(data / "teacher").unet.state_dict()
    own = student.unet.state_dict()
    assert any(not torch.equal(own[name], taught[name]) for name in taught)


def test_the_config_of_a_teacher_is_that_of_its_model(data, tmp_path):
    found = teacher_config(data / "teacher")
    assert found["latent_scale"] == 0.25 and found["unet_conf"]["loa_dim"] == 6
    assert "best_model_criterion" not in found and "alignment_conf" not in found
    joint = {"part": "joint", "ldm_conf": TEACHER, "loa_lm_conf": {}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(joint))
    assert teacher_config(tmp_path) == found


@pytest.mark.parametrize(
    "config, message",
    [
        ({"part": "vae"}, "holds a vae; give the experiment of a diffusion model"),
        ({"part": "joint", "ldm_conf": 5}, "config.yaml, ldm_conf: got '5'"),
        ({"part": "ldm", "conditions": [1]}, "config.yaml, conditions: got"),
    ],
)
def test_a_folder_that_is_no_teacher_is_refused(tmp_path, config, message):
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(ValueError, match=message):
        teacher_config(tmp_path)
    with pytest.raises(FileNotFoundError, match="give the folder that a training"):
        teacher_config(tmp_path / "nowhere")


def test_a_joint_training_without_a_diffusion_model_is_no_teacher(tmp_path):
    (tmp_path / "config.yaml").write_text("part: joint\n")
    assert teacher_config(tmp_path) == {}
