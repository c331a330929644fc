"""A dumped corpus of six short sounds, its training, and generation from it.

Everything goes through public commands, so that what a test adds (a condition, a
network, a process) is reached by its name in a config alone.
"""

import numpy as np
import pytest
import soundfile
import torch
import yaml

CLIPS = [f"clip{number}" for number in range(6)]
GEOMETRY = {
    "seconds": 0.64,
    "n_mels": 16,
    "fbank_bins": 32,
    "downsample": 4,
    "latent_channels": 2,  # latent 2 x 16 x 4
}
CONFIG = {
    "geometry_conf": GEOMETRY,
    "model_conf": {"ema_decay": None},
    "latent_scale": 1.0,
    "optim": "adamw",
    "optim_conf": {"lr": 1.0e-2},
    "batch_type": "unsorted",
    "batch_size": 2,
    "max_epoch": 1,  # three steps
    "num_workers": 0,
    "use_matplotlib": False,
    "use_tensorboard": False,
    "best_model_criterion": [["valid", "eps_mse", "min"]],
}
VAE = {
    "part": "vae",
    "geometry_conf": GEOMETRY,
    "vae_conf": {"block_out_channels": [8, 8, 8], "norm_num_groups": 4},
    "best_model_criterion": [["valid", "mel_l1", "min"]],
}


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    """A data folder of sounds that differ in level, with their latents dumped."""
    from espnet2.gen_audio.compat import MatrixWriter

    folder = tmp_path_factory.mktemp("corpus")
    rng = np.random.default_rng(0)
    lines = {"wav.scp": [], "text": [], "latent_shape": []}
    with MatrixWriter(folder / "latent.ark", folder / "latent.scp") as writer:
        for number, name in enumerate(CLIPS):
            wave = rng.uniform(-0.1, 0.1, 10240) * (number + 1)
            soundfile.write(folder / f"{name}.wav", wave, 16000)
            lines["wav.scp"].append(f"{name} {folder / name}.wav\n")
            lines["text"].append(f"{name} sound {number}\n")
            lines["latent_shape"].append(f"{name} 16,16\n")
            mean = rng.normal(size=(16, 8)) * (number + 1) / 6
            writer[name] = np.concatenate([mean, np.full((16, 8), -20.0)], axis=1)
    for name, content in lines.items():
        (folder / name).write_text("".join(content))
    return folder


@pytest.fixture(scope="session")
def vae(tmp_path_factory):
    """The experiment of a VAE of the same clips, as training leaves it."""
    from espnet2.gen_audio.vae.build import build_vae

    folder = tmp_path_factory.mktemp("vae")
    torch.manual_seed(0)
    (folder / "config.yaml").write_text(yaml.safe_dump(VAE))
    torch.save(build_vae(VAE).state_dict(), folder / "valid.mel_l1.best.pth")
    return folder


@pytest.fixture(scope="session")
def train(corpus, tmp_path_factory):
    """A function that trains three steps by the task's command; its experiment."""
    trainings, folder = [], tmp_path_factory.mktemp("exp")

    def run(config, *streams):
        from espnet2.gen_audio.bin.ldm_train import main

        path = folder / "config.yaml"
        path.write_text(yaml.safe_dump(CONFIG | config))
        trainings.append(folder / f"exp{len(trainings)}")
        words = ["--config", path, "--output_dir", trainings[-1], "--seed", 0]
        for mode in ("train", "valid"):
            words += [f"--{mode}_shape_file", corpus / "latent_shape"]
            for stream in ("latent", *streams):
                triple = f"{corpus / stream}.scp,{stream},kaldi_ark"
                words += [f"--{mode}_data_path_and_name_and_type", triple]
        main([str(word) for word in words])
        return trainings[-1]

    return run


@pytest.fixture
def generate(corpus, vae, tmp_path):
    """A function that makes the sounds of two clips by the command; samples by id."""
    made = []

    def run(experiment, scheduler, *options, ids=CLIPS[:2]):
        from espnet2.gen_audio.bin.gen_audio_inference import main

        made.append(tmp_path / f"made{len(made)}")
        keys = tmp_path / "keys"
        keys.write_text("".join(f"{name}\n" for name in ids))
        words = ["--text", corpus / "text", "--key_file", keys, "--vae_dir", vae]
        words += ["--ldm_dir", experiment, "--output_dir", made[-1]]
        words += ["--scheduler", scheduler, "--steps", 5, "--eta", 0]
        main([str(word) for word in (*words, "--guidance_scale", 2, *options)])
        return {name: soundfile.read(made[-1] / f"{name}.wav")[0] for name in ids}

    return run
