"""Training the latent diffusion model through ESPnet, from dumped streams."""

import numpy as np
import pytest
import torch
import yaml

from espnet2.gen_audio.bin.ldm_train import main as ldm_train
from espnet2.gen_audio.checkpoint.archive.folder import write_system
from espnet2.gen_audio.checkpoint.archive.system import System
from espnet2.gen_audio.checkpoint.archive.trained import part_of
from espnet2.gen_audio.checkpoint.experiment import load_experiment
from espnet2.gen_audio.compat import MatrixWriter
from espnet2.gen_audio.files.atomic_file import write_text
from espnet2.gen_audio.files.tensor_file import load_tensors
from espnet2.gen_audio.tasks.ldm import LDMTask

CLIPS = 4
CONFIG = {
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
    "optim": "adamw",
    "optim_conf": {"lr": 1.0e-3},
    "batch_type": "unsorted",
    "batch_size": 2,
    "max_epoch": 2,
    "num_workers": 0,
    "use_matplotlib": False,
    "use_tensorboard": False,
    "best_model_criterion": [["valid", "eps_mse", "min"]],
}
ROWS = {"latent": (8, 32), "loa": (32, 6), "sentence": (1, 3), "tokens": (3, 5)}


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
    write_text(folder / "latent_scale", "0.25\n")
    np.save(folder / "null.npy", np.ones((2, 5), np.float32))
    write_text(folder / "config.yaml", yaml.safe_dump(CONFIG))
    return folder


def words(data, output, names=tuple(ROWS)):
    result = ["--config", f"{data}/config.yaml", "--output_dir", str(output)]
    for mode in ("train", "valid"):
        result += [f"--{mode}_shape_file", f"{data}/latent_shape"]
        for name in names:
            result += [f"--{mode}_data_path_and_name_and_type"]
            result += [f"{data}/{name}.scp,{name},kaldi_ark"]
    return result


def test_an_experiment_is_whole_without_the_files_it_was_made_from(data, tmp_path):
    options = ["--latent_scale", f"{data}/latent_scale"]
    options += ["--null_tokens", f"{data}/null.npy"]
    LDMTask.main(cmd=words(data, tmp_path) + options)
    config = yaml.safe_load((tmp_path / "config.yaml").read_text())
    assert config["part"] == "ldm"
    assert config["latent_scale"] == 0.25
    assert config["null_tokens"] == [[1.0] * 5] * 2
    model = load_experiment(tmp_path)
    assert model.latent_scale == 0.25
    # one update a step: 2 epochs of 2 batches
    state = load_tensors(tmp_path / "latest.pth")
    assert state["ema.num_updates"] == 4


def test_options_of_training_are_kept_in_the_experiment(data, tmp_path):
    options = ["--latent_scale", "0.25", "--null_tokens", f"{data}/null.npy"]
    options += ["--schedule_conf", "loss_weighting=min_snr"]
    options += ["--model_conf", "step_distribution=stratified"]
    options += ["--model_conf", "draws_per_clip=2"]
    LDMTask.main(cmd=words(data, tmp_path) + options)
    model = load_experiment(tmp_path)
    assert (model.process.objective, model.process.weighting.name) == ("v", "min_snr")
    assert (model.step_distribution.name, model.draws_per_clip) == ("stratified", 2)
    # the number of steps is that of one draw
    assert load_tensors(tmp_path / "latest.pth")["ema.num_updates"] == 4


ALIGNED = ["--latent_scale", "0.25", "--alignment_conf", "until=0.5"]


def test_alignment_ends_in_time_goes_on_after_a_stop_and_is_left_out_of_the_part(
    data, tmp_path
):
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    options = [*ALIGNED, "--null_tokens", f"{data}/null.npy"]
    LDMTask.main(cmd=words(data, whole) + options)
    for epochs in ("1", "2"):
        LDMTask.main(
            cmd=words(data, halves)
            + [*options, "--resume", "true", "--max_epoch", epochs]
        )
    stats = load_tensors(whole / "checkpoint.pth")["reporter"]["stats"]
    for epoch, aligned in ((1, True), (2, False)):
        assert ("alignment" in stats[epoch]["train"]) == aligned
        assert "alignment" in stats[epoch]["valid"]
    state = load_tensors(whole / "latest.pth")
    assert state["alignment.head.0.weight"].shape == (256, 32)
    for name, weight in load_tensors(halves / "latest.pth").items():
        assert torch.equal(weight, state[name]), name
    model = load_experiment(whole)
    assert model.alignment is None
    (part,) = part_of(whole)
    assert "alignment_conf" not in part.config and part.config["absent_weights"]
    assert not [name for name in part.state if "alignment" in name]
    write_system(System("custom", {"ldm": part}, {}), tmp_path / "system")
    packed = load_experiment(tmp_path / "system" / "ldm").unet.state_dict()
    for name, weight in model.unet.state_dict().items():
        assert torch.equal(packed[name], weight)


def test_alignment_without_patches_is_refused_before_the_model_is_built(
    data, tmp_path, capsys
):
    with pytest.raises(SystemExit):
        ldm_train(words(data, tmp_path, ("latent", "sentence")) + ALIGNED)
    (line,) = capsys.readouterr().err.strip().splitlines()[-1:]
    assert "needs data named loa, but latent, sentence were given" in line
    other = ["--null_tokens", f"{data}/null.npy", "--alignment_conf", "wait=1"]
    with pytest.raises(SystemExit):
        ldm_train(words(data, tmp_path) + ALIGNED + other)
    (line,) = capsys.readouterr().err.strip().splitlines()[-1:]
    assert "alignment_conf does not fit" in line and "wait" in line


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "--latent_scale is needed"),
        (["--latent_scale", "nowhere"], "neither a number nor a file"),
        (["--latent_scale", "-1"], "must be above 0"),
        (["--latent_scale", "1.0"], "without the encoding of the empty"),
        (["--text_encoder", "phonemes"], "gets speech as LOA only"),
        (
            ["--train_data_path_and_name_and_type", "x,phonemes,text"],
            "gets speech as LOA only",
        ),
    ],
)
def test_missing_and_unusable_options_end_in_one_line(
    data, tmp_path, capsys, options, message
):
    with pytest.raises(SystemExit):
        ldm_train(words(data, tmp_path) + options)
    lines = capsys.readouterr().err.strip().splitlines()
    assert message in lines[-1]
