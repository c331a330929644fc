"""The autoencoder's training command: from sound files to a model that loads."""

import pytest

from espnet2.gen_audio.bin.gan_vae_train import main
from espnet2.gen_audio.checkpoint.experiment import load_experiment

CONFIG = {
    "geometry_conf": {
        "seconds": 0.64,
        "n_mels": 16,
        "downsample": 2,
        "latent_channels": 3,
    },
    "vae_conf": {
        "block_out_channels": [4, 8],
        "layers_per_block": 1,
        "norm_num_groups": 2,
    },
    "discriminator_conf": {"width": 4, "num_layers": 1},
    "loss_conf": {"disc_start": 1, "normalisation": "mean"},
    "model_conf": {"crop_frames": 16},
    "optim": "adam",
    "optim_conf": {"lr": 1.0e-3},
    "optim2": "adam",
    "optim2_conf": {"lr": 1.0e-3},
    "batch_type": "unsorted",
    "batch_size": 2,
    "max_epoch": 2,
    "num_workers": 0,
    "use_matplotlib": False,
    "use_tensorboard": False,
    "best_model_criterion": [["valid", "mel_l1", "min"]],
}


def options(data):
    words = ["--config", f"{data}/config.yaml", "--output_dir", f"{data}/exp"]
    for mode in ("train", "valid"):
        words += [f"--{mode}_data_path_and_name_and_type"]
        words += [f"{data}/wav.scp,audio,sound"]
        words += [f"--{mode}_shape_file", f"{data}/shape"]
    return words


def test_training_leaves_a_model_that_its_config_rebuilds(data):
    main(options(data))
    model = load_experiment(data / "exp")
    assert model.geometry.latent_shape == (3, 32, 8)
    assert model.generator_steps.item() in (2.0, 4.0)  # of the better epoch
    assert not any(p.requires_grad for p in model.parameters())


def test_a_config_that_does_not_fit_ends_in_one_line(data, capsys):
    with pytest.raises(SystemExit) as end:
        main([*options(data), "--vae_conf", "block_out_channels=[4,8,16]"])
    assert end.value.code == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert "error:" in error and "downsample is 2" in error
