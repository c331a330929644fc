"""The vocoder's training command: from sound files to a model that loads."""

import pytest
import torch

from espnet2.gen_audio.bin.gan_vocoder_train import main
from espnet2.gen_audio.checkpoint.experiment import load_experiment

CONFIG = {
    "geometry_conf": {"seconds": 0.64, "n_mels": 16},
    "segment_frames": 20,
    "vocoder_conf": {
        "upsample_initial_channel": 64,
        "resblock_kernel_sizes": [3],
        "resblock_dilation_sizes": [[1]],
        "initializer_range": None,
    },
    "discriminator_conf": {
        "scales": 1,
        "follow_official_norm": False,
        "scale_discriminator_params": {
            "channels": 4,
            "max_downsample_channels": 8,
            "max_groups": 4,
            "downsample_scales": [4, 4],
        },
        "periods": [2],
        "period_discriminator_params": {
            "channels": 2,
            "max_downsample_channels": 4,
            "downsample_scales": [3, 3],
        },
    },
    "loss_conf": {"adversarial_start": 1},
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
    assert model.decode(torch.zeros(1, 5, 16)).shape == (1, 800)
    assert model.generator_steps.item() in (2.0, 4.0)  # of the better epoch
    assert not any(p.requires_grad for p in model.parameters())


def test_a_config_that_does_not_fit_ends_in_one_line(data, capsys):
    with pytest.raises(SystemExit) as end:
        main([*options(data), "--segment_frames", "65"])
    assert end.value.code == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert "error:" in error and "at most a clip" in error
