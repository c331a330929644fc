"""Every shipped training config builds its model, at the size that it promises."""

from pathlib import Path

import pytest
import torch
import yaml

from espnet2.gen_audio.tasks.audiomae import AudioMAETask
from espnet2.gen_audio.tasks.gan_vae import GANVAETask
from espnet2.gen_audio.tasks.gan_vocoder import GANVocoderTask
from espnet2.gen_audio.tasks.joint import JointTask
from espnet2.gen_audio.tasks.ldm import LDMTask
from espnet2.gen_audio.tasks.ldm_student import LDMStudentTask
from espnet2.gen_audio.tasks.loa_lm import LOALMTask

CONF = Path(__file__).parents[4] / "egs2" / "audioldm2" / "conf"
TASKS = {
    "audiomae": AudioMAETask,
    "vae": GANVAETask,
    "vocoder": GANVocoderTask,
    "loa_lm": LOALMTask,
    "ldm": LDMTask,
    "joint": JointTask,
    "ldm_student": LDMStudentTask,
}
CONFIGS = sorted(path.relative_to(CONF) for path in CONF.rglob("train_*.yaml"))


def part_of(path):
    words = path.stem.removeprefix("train_")
    return next(part for part in sorted(TASKS, reverse=True) if words.startswith(part))


def options_of(path):
    """Return the options of a config as its command would read them."""
    part = part_of(path)
    task = TASKS[part]
    small = path.parts[0] == "mini"
    folder = CONF / "mini" if small else CONF
    end = "_48k" if path.stem.endswith("_48k") else ""
    geometry_file = folder / f"geometry{end}.yaml"
    words = ["--config", str(CONF / path), "--geometry", str(geometry_file)]
    words += ["--output_dir", "unused"]
    if part == "vae":  # as for statistics of the data, from which one of them starts
        words += ["--collect_stats", "true"]
    if part == "ldm":
        words += ["--latent_scale", "1.0"]
    if part == "ldm_student":
        teacher = yaml.safe_load((folder / "train_ldm.yaml").read_text())
        teacher["geometry_conf"] = yaml.safe_load(geometry_file.read_text())
        for key in ("geometry_conf", "unet_conf", "conditions_conf", "model_conf"):
            words += ["--ldm_conf", f"{key}={teacher[key]}"]
    if part == "joint":
        end = path.stem.removeprefix("train_joint")
        for name in ("loa_lm", "ldm"):
            words += [f"--{name}_config", str(folder / f"train_{name}{end}.yaml")]
        words += ["--ldm_conf", "latent_scale=1.0"]
        geometry = yaml.safe_load((folder / "geometry.yaml").read_text())
        for name in ("loa_lm", "ldm"):
            words += [f"--{name}_conf", f"geometry_conf={geometry}"]
    return task.get_parser().parse_args(words)


def build(path):
    """Build the model of a config as its command would, without memory for weights."""
    with torch.device("meta"):
        return TASKS[part_of(path)].build_model(options_of(path))


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def test_there_is_a_published_and_a_small_config_for_every_part():
    for folder in (Path("."), Path("mini")):
        parts = {part_of(path) for path in CONFIGS if path.parent == folder}
        assert parts == set(TASKS)


@pytest.mark.parametrize("path", CONFIGS, ids=str)
def test_it_builds_and_what_is_trained_has_gradients(path):
    model = build(path)
    assert any(parameter.requires_grad for parameter in model.parameters())


def is_fused(optimiser):
    """Return whether AdamW, or that inside Muon, updates by one kernel."""
    return getattr(optimiser, "adamw", optimiser).defaults["fused"]


@pytest.mark.parametrize("path", [p for p in CONFIGS if len(p.parts) > 1], ids=str)
def test_a_small_config_trains_by_one_kernel_an_optimiser(path):
    model = build(path).to_empty(device="cpu")
    optimisers = TASKS[part_of(path)].build_optimizers(options_of(path), model)
    assert all(is_fused(each) for each in optimisers)


@pytest.mark.parametrize(
    "name, module, parameters",
    [
        ("train_vae", "vae.net", 55_376_873),
        ("train_ldm", "unet", 346_943_496),
        ("train_ldm_large", "unet", 718_012_296),
        ("train_ldm_speech", "unet", 261_926_536),
        ("train_ldm_16k_t5", "unet", 265_531_016),
        ("train_ldm_48k", "unet", 262_699_152),
        ("train_vae_48k", "vae.net.encoder", 90_010_272),
        ("train_vae_48k", "vae.net.decoder", 133_523_969),
        ("train_vae", "vae.net.encoder", 22_395_024),
        ("train_vae", "vae.net.decoder", 32_981_505),
        ("train_loa_lm_speech", "text_encoder", 6_387_264),
        ("train_loa_lm", "lm.gpt2", 124_439_808),
        ("train_joint", "ldm.unet", 346_943_496),
    ],
)
def test_published_sizes_are_exact(name, module, parameters):
    model = build(Path(f"{name}.yaml"))
    assert count(model.get_submodule(module)) == parameters


@pytest.mark.parametrize("name", ["train_loa_lm_speech", "train_joint_speech"])
def test_published_speech_starts_the_loa_at_position_315(name):
    model = build(Path(f"{name}.yaml"))
    lm = getattr(model, "loa_lm", model).lm
    assert lm.sequence.condition_lengths == {"tokens": 310}
    assert lm.sequence.padding == "strip" and lm.sequence.loa_start is None


@pytest.mark.parametrize(
    "name, tensors",
    [
        ("train_ldm", 1520),
        ("train_ldm_large", 3216),
        ("train_ldm_speech", 1104),
        ("train_ldm_16k_t5", 1104),
        ("train_ldm_48k", 1106),
    ],
)
def test_a_published_u_net_has_its_number_of_tensors(name, tensors):
    assert len(build(Path(f"{name}.yaml")).unet.state_dict()) == tensors


@pytest.mark.parametrize(
    "name, parameters",
    [("train_vocoder", 55_264_897), ("train_vocoder_48k", 190_281_889)],
)
def test_a_published_vocoder_has_its_number_of_parameters_once_folded(name, parameters):
    vocoder = build(Path(f"{name}.yaml")).vocoder
    vocoder.fold_weight_norm()
    assert count(vocoder) == parameters


def test_the_published_audiomae_encoder_is_vit_base():
    # 12 blocks of 7 087 872, patches, class token and the final norm; no position table
    expected = 12 * 7_087_872 + (256 * 768 + 768) + 768 + 2 * 768
    encoder = build(Path("train_audiomae.yaml")).encoder
    table = sum(p.numel() for name, p in encoder.named_parameters() if "pos" in name)
    assert count(encoder) - table == expected


def test_the_small_language_model_has_the_width_of_the_small_audiomae():
    small = {
        part: yaml.safe_load((CONF / "mini" / f"train_{part}.yaml").read_text())
        for part in TASKS
    }
    width = small["audiomae"]["encoder_conf"]["width"]
    assert small["loa_lm"]["lm_conf"]["width"] == width
    assert small["ldm"]["unet_conf"]["loa_dim"] == width
