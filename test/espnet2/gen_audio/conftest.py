"""A whole system of tiny untrained networks, built as the recipe builds them."""

from dataclasses import replace

import pytest
import torch
import yaml

GEOMETRY = {
    "seconds": 0.64,
    "n_mels": 16,
    "fbank_bins": 32,
    "downsample": 4,
    "latent_channels": 4,
}


def caption_encoder():
    """Return an encoder that gives a caption states that are functions of its words."""
    from espnet2.gen_audio.pipeline.captions import CaptionEncoder

    def tokens(caption):
        return torch.stack([_state(word) for word in caption.split() or [""]])

    return CaptionEncoder(
        {"tokens": tokens, "sentence": lambda text: tokens(text).mean(0, keepdim=True)}
    )


def _state(word):
    seed = sum(map(ord, word))
    return torch.randn(8, generator=torch.Generator().manual_seed(seed))


MODEL = {"geometry_conf": GEOMETRY}
LOA_LM = MODEL | {
    "part": "loa_lm",
    "lm_conf": {
        "width": 16,
        "layers": 1,
        "heads": 2,
        "vocab_size": 1,
        "condition_dims": {"sentence": 8, "tokens": 8},
    },
    "model_conf": {"loa_factor": 2},
    "best_model_criterion": [["valid", "l1_rollout", "min"]],
}
LDM = MODEL | {
    "part": "ldm",
    "unet_conf": {
        "channels": [32, 32],
        "layers_per_block": 1,
        "loa_dim": 16,
        "tokens_dim": 8,
    },
    "conditions_conf": {"loa_factor": 2},
    "null_tokens": [[0.1] * 8],
    "latent_scale": 2.0,
    "best_model_criterion": [["valid", "eps_mse", "min"]],
}
STUDENT = MODEL | {
    "part": "ldm_student",
    "ldm_conf": LDM,
    "model_conf": {"guidance_range": [1.0, 5.0]},
    "best_model_criterion": [["valid", "loss", "min"]],
}
VAE = MODEL | {
    "part": "vae",
    "vae_conf": {"block_out_channels": [8, 8, 8], "norm_num_groups": 4},
    "best_model_criterion": [["valid", "mel_l1", "min"]],
}


def built(loa_lm=LOA_LM, ldm=LDM, vae=VAE):
    """Return language model, diffusion model and VAE with fixed random weights."""
    # imported here, so that tests of light modules stay light
    from espnet2.gen_audio.diffusion.build import build_ldm
    from espnet2.gen_audio.loa_lm.build import build_loa_lm
    from espnet2.gen_audio.vae.build import build_vae

    torch.manual_seed(0)
    models = build_loa_lm(loa_lm), build_ldm(ldm), build_vae(vae)
    with torch.no_grad():  # the U-Net starts as the zero function
        for parameter in models[1].unet.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    for model in models:
        model.eval().requires_grad_(False)
    return models


@pytest.fixture(scope="session")
def system():
    """The parts of the tiny system, prepared as when they are loaded."""
    from espnet2.gen_audio.accel.prepare import prepare

    made = unprepared()
    prepare(made.loa_lm, made.ldm, made.vae)
    return made


@pytest.fixture(scope="session")
def plain_system():
    """The same parts as their models are by themselves."""
    return unprepared()


def unprepared():
    """Return the parts of a tiny system without training."""
    from espnet2.gen_audio.pipeline.system import Parts, System
    from espnet2.gen_audio.vocoder.griffin_lim import GriffinLim

    loa_lm, ldm, vae = built()
    parts = Parts(ldm, vae.vae, GriffinLim(ldm.geometry, 2), loa_lm)
    return System.of(parts, caption_encoder())


AUDIOMAE = MODEL | {
    "encoder_conf": {"width": 16, "layers": 1, "heads": 2, "feature_layers": 1},
    "decoder_conf": {"kind": "global", "width": 16, "layers": 1, "heads": 2},
}


@pytest.fixture(scope="session")
def editor(system):
    """The parts of the tiny system with an AudioMAE, which encodes given sounds."""
    from espnet2.gen_audio.audiomae.build import build_audiomae

    torch.manual_seed(1)
    audiomae = build_audiomae(AUDIOMAE).eval().requires_grad_(False)
    return replace(system, parts=replace(system.parts, audiomae=audiomae))


@pytest.fixture(scope="session")
def taught(editor):
    """The tiny system with an AudioMAE and a student of its diffusion model."""
    from espnet2.gen_audio.accel.prepare import prepare

    student = student_of(editor.ldm)
    prepare(student)
    return replace(editor, parts=replace(editor.parts, student=student))


def student_of(ldm):
    """Return a student that differs from its teacher, with fixed random weights."""
    from espnet2.gen_audio.diffusion.student.build import build_ldm_student
    from espnet2.gen_audio.diffusion.student.teacher import Teacher

    student = build_ldm_student(STUDENT)
    student.learn_from(Teacher(ldm), start=True)
    torch.manual_seed(2)
    with torch.no_grad():
        for name, weight in student.unet.named_parameters():
            size = 1.0 if "cond_proj" in name else 0.02  # of the student's own inputs
            weight.add_(size * torch.randn_like(weight))
    return student.eval().requires_grad_(False)


@pytest.fixture
def source():
    """Return a sound of 0.9 s: noise whose level changes, with an offset."""
    from espnet2.gen_audio.pipeline.edit.source import Source

    generator = torch.Generator().manual_seed(3)
    wave = torch.randn(14400, generator=generator) * torch.linspace(0.02, 0.2, 14400)
    return Source((wave * 32768 + 300).round().clamp(-32768, 32767) / 32768, 16000)


SPEECH = {
    "g2p": "char",
    "cleaner": "none",
    "tokens": ["<blank>", "<unk>", "<space>", *"abcdeghilno", "<sos/eos>"],
}
SPEECH_LM = LOA_LM | {
    "lm_conf": LOA_LM["lm_conf"] | {"condition_dims": {"tokens": 8}},
    "text_encoder": "phonemes",
    "text_encoder_conf": {"width": 8, "layers": 1, "inner": 8, "max_positions": 40},
    "phonemes_conf": SPEECH,
}
SPEECH_LDM = LDM | {
    "unet_conf": LDM["unet_conf"] | {"tokens_dim": None},
    "null_tokens": None,
}


@pytest.fixture(scope="session")
def speech_experiments(tmp_path_factory):
    """Folders of the parts of a tiny speech system, which reads phonemes alone."""
    root = tmp_path_factory.mktemp("speech")
    return saved(root, (SPEECH_LM, SPEECH_LDM, VAE))


@pytest.fixture(scope="session")
def speech(speech_experiments):
    """The parts of the tiny speech system."""
    from espnet2.gen_audio.encoder.speech_config import phoneme_reader
    from espnet2.gen_audio.pipeline.captions import CaptionEncoder
    from espnet2.gen_audio.pipeline.load.experiments import (
        PartFolders,
        load_experiments,
    )

    parts = {part: speech_experiments[part] for part in ("loa_lm", "ldm")}
    folders = PartFolders(speech_experiments["vae"], "griffin_lim", **parts)
    reader = phoneme_reader(SPEECH_LM)
    return load_experiments(folders, CaptionEncoder.for_speech(None, reader=reader))


@pytest.fixture(scope="session")
def experiments(tmp_path_factory):
    """Folders of the three parts, as training leaves them."""
    return saved(tmp_path_factory.mktemp("exp"), (LOA_LM, LDM, VAE))


@pytest.fixture(scope="session")
def student_experiment(tmp_path_factory):
    """Folder of a student of the diffusion model of ``experiments``."""
    folder = tmp_path_factory.mktemp("student")
    student = student_of(built()[1])
    student.update_ema()
    (folder / "config.yaml").write_text(yaml.safe_dump(STUDENT))
    torch.save(student.state_dict(), folder / "valid.loss.best.pth")
    return folder


def saved(root, configs):
    """Save the models of three configs as training does; return their folders."""
    folders = {}
    for config, model in zip(configs, built(*configs)):
        folder = folders[config["part"]] = root / config["part"]
        folder.mkdir()
        (folder / "config.yaml").write_text(yaml.safe_dump(config))
        phase, key, _ = config["best_model_criterion"][0]
        if getattr(model, "ema", None) is not None:
            model.update_ema()
        torch.save(model.state_dict(), folder / f"{phase}.{key}.best.pth")
    return folders
