"""A dumped corpus of six short sounds, its training, and generation from it.

Everything goes through commands and public functions, so that what a test adds (a
condition, a network, a process) is reached by its name in a config alone. Generation
calls the sampling functions as the pipeline does.
"""

import numpy as np
import pytest
import soundfile
import torch
import yaml

CLIPS = [f"clip{number}" for number in range(6)]
GEOMETRY = {"seconds": 0.64, "downsample": 8, "latent_channels": 2}  # latent 2 x 8 x 8
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


@pytest.fixture(scope="module")
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
            lines["latent_shape"].append(f"{name} 8,32\n")
            mean = rng.normal(size=(8, 16)) * (number + 1) / 6
            writer[name] = np.concatenate([mean, np.full((8, 16), -20.0)], axis=1)
    for name, content in lines.items():
        (folder / name).write_text("".join(content))
    return folder


@pytest.fixture
def train(corpus, tmp_path):
    """A function that trains three steps by the task's command and loads the result."""
    trainings = []

    def run(config, *streams):
        from espnet2.gen_audio.bin.ldm_train import main
        from espnet2.gen_audio.checkpoint.experiment import load_experiment

        path = tmp_path / "config.yaml"
        path.write_text(yaml.safe_dump(CONFIG | config))
        trainings.append(tmp_path / f"exp{len(trainings)}")
        words = ["--config", path, "--output_dir", trainings[-1], "--seed", 0]
        for mode in ("train", "valid"):
            words += [f"--{mode}_shape_file", corpus / "latent_shape"]
            for stream in ("latent", *streams):
                triple = f"{corpus / stream}.scp,{stream},kaldi_ark"
                words += [f"--{mode}_data_path_and_name_and_type", triple]
        main([str(word) for word in words])
        return load_experiment(trainings[-1])

    return run


@pytest.fixture
def generate():
    """A function that samples latents of some clips under conditions."""

    @torch.no_grad()
    def run(ldm, conditions, scheduler, steps=5):
        from espnet2.gen_audio.accel.predictors import predictor_factory
        from espnet2.gen_audio.accel.prepare import prepare
        from espnet2.gen_audio.sampling.guidance import Guidance, guided
        from espnet2.gen_audio.sampling.noise import generators_of, initial_noise
        from espnet2.gen_audio.sampling.sampler import sample_latents

        prepare(ldm.eval())
        rows = max((len(each) for each in conditions.values()), default=2)
        names = CLIPS[:rows]
        denoise = guided(
            ldm.unet,
            conditions,
            ldm.null_conditions(rows),
            Guidance(2.0),
            ldm.process.num_steps,
            make_predictor=predictor_factory(ldm.unet),
        )
        generators = generators_of(0, names)
        noise = initial_noise(generators, ldm.geometry.latent_shape)
        return sample_latents(
            lambda noisy, time: ldm.process.to_scheduler(
                denoise(noisy, time), noisy, time
            ),
            ldm.process.build_scheduler(scheduler),
            noise,
            generators,
            steps,
        )

    return run
