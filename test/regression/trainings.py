"""Five optimiser steps of every task, at tiny sizes, by the training commands.

One step an epoch, so that ESPnet's reporter keeps the values of every step.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from commands import Commands
from tiny_corpus import write_corpus

CONF = Path(__file__).parent / "conf"
STEPS = 5
SHARED = f"""
    --geometry {CONF}/geometry.yaml --max_epoch {STEPS} --num_iters_per_epoch 1
    --batch_type unsorted --batch_size 3 --valid_batch_size 6 --num_workers 0 --seed 3
    --use_tensorboard false --use_matplotlib false --keep_nbest_models 1
    --num_att_plot 0 --log_interval 1 --ngpu 0
""".split()

DUMPED = {
    "audio": "wav.scp,audio,sound",
    "latent": "latent/latent.scp,latent,kaldi_ark",
    "loa": "loa/loa.scp,loa,kaldi_ark",
    "sentence": "condition/sentence.scp,sentence,kaldi_ark",
    "tokens": "condition/tokens.scp,tokens,kaldi_ark",
    "caption": "text,caption,text",
    "phonemes": "phonemes,phonemes,text",
    "num_samples": "utt2num_samples,num_samples,text_int",
}
SHAPES = {"audio": "utt2num_samples", "loa": "loa/loa_shape"}
SHAPES["latent"] = "latent/latent_shape"


@dataclass(frozen=True)
class Training:
    """One training.

    Attributes:
        command: Its command.
        data: Names in ``DUMPED``; the first gives the shape file.
        options: More options; ``{data}`` and ``{exp}`` are folders.
    """

    command: str
    data: str
    options: str = ""


def _after(loa_lm: str, ldm: str) -> str:
    """Return the options of a joint training after two others."""
    words = ""
    for part, name, best in (
        ("loa_lm", loa_lm, "l1_rollout"),
        ("ldm", ldm, "eps_mse"),
    ):
        words += f" --{part}_config {{exp}}/{name}/config.yaml"
        words += f" --init_from {{exp}}/{name}/valid.{best}.best.pth::{part}"
    return words


SCALE = "--latent_scale {data}/latent_scale"
UNITS = "--units_model {data}/units"
NULL = "{data}/null"
PHONEMES = "--g2p char --cleaner none --token_list {data}/tokens.txt"
TRAININGS = {
    "audiomae": Training(
        "audiomae_train", "audio", "--fbank_stats {exp}/stats/train/fbank_stats.npz"
    ),
    "vae": Training("gan_vae_train", "audio"),
    "vocoder": Training("gan_vocoder_train", "audio"),
    "loa_lm": Training("loa_lm_train", "loa sentence tokens"),
    "ldm": Training(
        "ldm_train", "latent loa tokens", f"{SCALE} --null_tokens {NULL}/tokens.npy"
    ),
    "joint": Training(
        "joint_train", "latent loa sentence tokens", _after("loa_lm", "ldm")
    ),
    "speech_loa_lm": Training(
        "loa_lm_train", "loa phonemes sentence num_samples", PHONEMES
    ),
    "speech_ldm": Training("ldm_train", "latent loa", SCALE),
    "speech_joint": Training(
        "joint_train",
        "latent loa phonemes sentence num_samples",
        _after("speech_loa_lm", "speech_ldm"),
    ),
    "units_loa_lm": Training("loa_lm_train", "loa caption", UNITS),
    "units_ldm": Training("ldm_train", "latent loa caption", f"{SCALE} {UNITS}"),
    "film_ldm": Training(
        "ldm_train", "latent sentence", f"{SCALE} --null_sentence {NULL}/sentence.npy"
    ),
}


def prepare(run: Commands, data: Path) -> None:
    """Write the corpus, its phonemes and its subword units.

    Args:
        run: Runs the commands.
        data: Folder to make.
    """
    write_corpus(data)
    words = f"--transcript {data}/transcript --output {data}/phonemes --g2p char"
    run("prepare_phonemes", *words.split(), "--token_list_out", data / "tokens.txt")
    words = f"--text {data}/text --output_dir {data}/units --num_units 40"
    run("train_text_units", *words.split())


def dump(run: Commands, data: Path, audiomae: Path, vae: Path, encoders: Path) -> None:
    """Encode the corpus.

    Args:
        run: Runs the commands.
        data: What ``prepare`` made; gets the encodings.
        audiomae: Experiment of the AudioMAE.
        vae: Experiment of the VAE.
        encoders: Folder with the text encoders ``sentence`` and ``tokens``.
    """
    for name, model in (("loa", audiomae), ("latent", vae)):
        words = ["--data_dir", data, "--model_dir", model]
        run(f"dump_{name}", *words, "--output_dir", data / name, "--batch_size", 4)
    scp, scale = data / "latent" / "latent.scp", data / "latent_scale"
    run("latent_scale", "--latent_scp", scp, "--output", scale)
    words = ["--data_dir", data, "--output_dir", data / "condition"]
    for stream in ("sentence", "tokens"):
        words += [f"--{stream}_encoder", encoders / stream]
    run("dump_condition", *words, "--null_dir", data / "null", "--batch_size", 4)


def train(
    run: Commands, data: Path, experiments: Path, *names: str, options: str = ""
) -> None:
    """Train parts, each for five steps.

    Args:
        run: Runs the commands.
        data: What ``prepare`` and ``dump`` made.
        experiments: Gets a folder for each part.
        *names: Keys of ``TRAININGS``.
        options: More options of each.
    """
    for name in names:
        training = TRAININGS[name]
        own = training.options.format(data=data, exp=experiments).split()
        words = ["--config", CONF / f"{name}.yaml", *SHARED]
        streams = training.data.split()
        for mode in ("train", "valid"):
            words += [f"--{mode}_shape_file", data / SHAPES[streams[0]]]
            for stream in streams:
                words += [f"--{mode}_data_path_and_name_and_type"]
                words += [f"{data}/{DUMPED[stream]}"]
        if name == "audiomae":
            stats = ["--collect_stats", "true", "--output_dir", experiments / "stats"]
            run(training.command, *words, *stats, title="collect_stats")
        words += [*own, *options.split(), "--output_dir", experiments / name]
        run(training.command, *words, title=f"train {name}")


def losses_of(experiment: Path) -> dict[str, list[float]]:
    """Return what ESPnet's reporter kept.

    Args:
        experiment: Folder of one training.

    Returns:
        A number for each step, by phase and name.
    """
    state = torch.load(experiment / "checkpoint.pth", weights_only=True)
    losses: dict[str, list[float]] = {}
    for _, phases in sorted(state["reporter"]["stats"].items()):
        for phase in ("train", "valid"):
            for name, value in phases[phase].items():
                if isinstance(value, float) and "time" not in name:
                    losses.setdefault(f"{phase}/{name}", []).append(value)
    return losses


def weights_of(experiment: Path) -> Mapping[str, torch.Tensor]:
    """Return the weights after the last step.

    Args:
        experiment: Folder of one training.

    Returns:
        Tensors by name.
    """
    return torch.load(experiment / f"{STEPS}epoch.pth", weights_only=True)
