"""AudioMAE's training command: statistics, then a model that loads."""

import numpy as np
import pytest

from espnet2.gen_audio.bin.audiomae_train import main
from espnet2.gen_audio.checkpoint.experiment import load_experiment, read_config

CONFIG = {
    "geometry_conf": {"seconds": 0.64},
    "encoder_conf": {"width": 16, "layers": 3, "heads": 2},
    "decoder_conf": {"width": 16, "layers": 2, "heads": 2},
    "model_conf": {"mask_ratio": 0.75},
    "optim": "adamw",
    "optim_conf": {"lr": 1.0e-3, "weight_decay": 1.0e-4},
    "exclude_weight_decay": True,
    "scheduler": "cosineannealingwarmuprestarts",
    "scheduler_conf": {"first_cycle_steps": 4, "warmup_steps": 1, "max_lr": 1.0e-3},
    "batch_type": "unsorted",
    "batch_size": 2,
    "max_epoch": 2,
    "num_workers": 0,
    "use_matplotlib": False,
    "use_tensorboard": False,
    "best_model_criterion": [["valid", "loss", "min"]],
}


def options(data, output):
    words = ["--config", f"{data}/config.yaml", "--output_dir", f"{data}/{output}"]
    for mode in ("train", "valid"):
        words += [f"--{mode}_data_path_and_name_and_type"]
        words += [f"{data}/wav.scp,audio,sound"]
        words += [f"--{mode}_shape_file", f"{data}/shape"]
    return words


def test_training_uses_the_statistics_it_collected_and_its_config_says_so(data):
    main([*options(data, "stats"), "--collect_stats", "true"])
    stats = data / "stats" / "train" / "fbank_stats.npz"
    with np.load(stats) as collected:
        assert collected["count"] == 4 * 62  # frames of 0.64 s without the appended
        mean = collected["sum"].sum() / (4 * 62 * 128)
    main([*options(data, "exp"), "--fbank_stats", str(stats)])
    stats.unlink()  # the experiment must stand on its own
    model = load_experiment(data / "exp", parts=("audiomae",))
    assert model.fbank.mean == pytest.approx(mean, rel=1e-4)
    assert read_config(data / "exp")["part"] == "audiomae"
    assert not any(weight.requires_grad for weight in model.parameters())
