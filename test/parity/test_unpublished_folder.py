"""What a folder's config files state is what sounds: against diffusers, both ways.

The folder has another value than the published one for everything that its tensors do
not tell. Sounds are compared from a caption to the waveform, at 1e-5 of the peak.
"""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest
import torch
import unpublished_diffusers

from espnet2.gen_audio.checkpoint.archive.folder import read_system, write_system
from espnet2.gen_audio.checkpoint.archive.system import System
from espnet2.gen_audio.checkpoint.diffusers.components import (
    read_diffusion_model,
    read_vae,
    read_vocoder,
)
from espnet2.gen_audio.checkpoint.diffusers.config_file import agree
from espnet2.gen_audio.checkpoint.diffusers.export import write_diffusers
from espnet2.gen_audio.checkpoint.diffusers.language_model import read_language_model
from espnet2.gen_audio.checkpoint.diffusers.pipeline_folder import PipelineFolder
from espnet2.gen_audio.checkpoint.diffusers.read import read_diffusers
from espnet2.gen_audio.pipeline.load.part_files import StoredPart, StoredSystem
from espnet2.gen_audio.pipeline.load.part_loader import PartLoader
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.text2audio import Text2Audio
from espnet2.gen_audio.seeding import generators_of, normal_of

CAPTION = "a dog barks in the rain while birds sing and a river flows"
OPTIONS = SamplingOptions(steps=4, eta=0.0, guidance_scale=1.0)
CLOSE = 1e-5  # of the peak
NEAR = 3e-5  # where the change enlarges rounding errors
APART = 1e-4
NAMES = {"model_type", "architectures", "_diffusers_version", "force_upcast"}
NAMES |= {"bos_token_id", "eos_token_id", "n_inner"}  # of no use for hidden states

PARTS = {
    "unet": ("ldm", read_diffusion_model),
    "scheduler": ("ldm", read_diffusion_model),
    "vae": ("vae", read_vae),
    "vocoder": ("vocoder", read_vocoder),
    "language_model": ("loa_lm", read_language_model),
}
# what is taken: the sound becomes that of diffusers with the same change
TAKEN = [
    ("unet", "norm_num_groups", 4),
    ("unet", "norm_eps", 0.1),
    ("unet", "act_fn", "relu"),
    ("unet", "attention_head_dim", [2, 6, 8]),
    ("unet", "flip_sin_to_cos", True),
    ("unet", "freq_shift", 0),
    ("vae", "norm_num_groups", 4),
    ("vae", "scaling_factor", 0.35),
    ("vocoder", "upsample_rates", [6, 7, 3]),
    ("vocoder", "resblock_dilation_sizes", [[1, 2], [4, 1]]),
    ("vocoder", "leaky_relu_slope", 0.05),
    ("vocoder", "normalize_before", False),
    ("language_model", "n_head", 4),
    ("language_model", "activation_function", "gelu_new"),
    ("language_model", "layer_norm_epsilon", 1e-5),
    ("scheduler", "num_train_timesteps", 900),
    ("scheduler", "beta_start", 0.01),
    ("scheduler", "beta_end", 0.02),
    ("scheduler", "beta_schedule", "squaredcos_cap_v2"),
    ("scheduler", "prediction_type", "sample"),
    ("scheduler", "clip_sample", False),
    ("scheduler", "clip_sample_range", 0.5),
    ("scheduler", "thresholding", True),
    ("scheduler", "set_alpha_to_one", False),
    ("scheduler", "steps_offset", 0),
    ("scheduler", "timestep_spacing", "trailing"),
]
# the same, of what more than one net of ours depends on
TAKEN_BY_ALL = [
    ("language_model", "max_new_tokens", 2),
    ("text_encoder", "text_config.hidden_act", "gelu"),
    ("text_encoder_2", "layer_norm_epsilon", 1.0),
]


# what our networks do not have, or what contradicts the tensors
REFUSED = [
    ("unet", "_class_name", "UNet2DConditionModel"),
    ("unet", "in_channels", 8),
    ("unet", "block_out_channels", [24, 48, 96]),
    ("unet", "layers_per_block", 2),
    ("unet", "down_block_types", ["CrossAttnDownBlock2D"] * 3),
    ("unet", "cross_attention_dim", [[None, 60, 40]] * 3),
    ("unet", "transformer_layers_per_block", 2),
    ("unet", "norm_num_groups", 7),
    ("unet", "attention_head_dim", 5),
    ("unet", "num_attention_heads", 4),
    ("unet", "freq_shift", 12),
    ("unet", "act_fn", "selu"),
    ("unet", "mid_block_scale_factor", 2),
    ("unet", "mid_block_type", None),
    ("unet", "downsample_padding", 0),
    ("unet", "only_cross_attention", True),
    ("unet", "use_linear_projection", True),
    ("unet", "upcast_attention", True),
    ("unet", "resnet_time_scale_shift", "scale_shift"),
    ("unet", "time_embedding_act_fn", "silu"),
    ("unet", "timestep_post_act", "silu"),
    ("unet", "conv_in_kernel", 5),
    ("unet", "class_embed_type", "timestep"),
    ("vae", "norm_num_groups", 5),
    ("vae", "act_fn", "relu"),
    ("vae", "latent_channels", 8),
    ("vae", "shift_factor", 0.1),
    ("vae", "latents_mean", [0.0, 0.0, 0.0, 1.0]),
    ("vae", "use_quant_conv", False),
    ("vae", "mid_block_add_attention", False),
    ("vae", "layers_per_block", 2),
    ("vocoder", "sampling_rate", 44100),
    ("vocoder", "model_in_dim", 80),
    ("vocoder", "upsample_rates", [7, 6, 4]),
    ("vocoder", "upsample_rates", [7, 18, 1]),
    ("vocoder", "upsample_kernel_sizes", [16, 12, 8]),
    ("vocoder", "resblock_kernel_sizes", [3, 7]),
    ("vocoder", "resblock_dilation_sizes", [[1, 2], [2]]),
    ("vocoder", "upsample_initial_channel", 64),
    ("language_model", "n_head", 7),
    ("language_model", "n_layer", 3),
    ("language_model", "n_embd", 64),
    ("language_model", "n_inner", 128),
    ("language_model", "scale_attn_weights", False),
    ("language_model", "scale_attn_by_inverse_layer_idx", True),
    ("language_model", "add_cross_attention", True),
    ("language_model", "max_new_tokens", 9),
    ("projection_model", "text_encoder_dim", 32),
    ("projection_model", "langauge_model_dim", 64),
    ("projection_model", "use_learned_position_embedding", True),
    ("scheduler", "_class_name", "PNDMScheduler"),
    ("scheduler", "beta_start", 0.5),
    ("scheduler", "prediction_type", "flow"),
    ("scheduler", "beta_schedule", "sigmoid"),
    ("scheduler", "steps_offset", 800),
    ("scheduler", "trained_betas", [0.1, 0.2]),
    ("scheduler", "rescale_betas_zero_snr", True),
]
HOSTILE = ["8\n", -1, True, float("inf"), float("nan"), None, [], {"a": 1}, 10**400]
NUMBERS = [
    ("unet", "norm_num_groups"),
    ("unet", "attention_head_dim"),
    ("unet", "norm_eps"),
    ("vae", "norm_num_groups"),
    ("vae", "scaling_factor"),
    ("vocoder", "upsample_rates"),
    ("vocoder", "resblock_dilation_sizes"),
    ("vocoder", "leaky_relu_slope"),
    ("language_model", "n_head"),
    ("language_model", "layer_norm_epsilon"),
    ("language_model", "max_new_tokens"),
    ("scheduler", "num_train_timesteps"),
    ("scheduler", "beta_start"),
    ("scheduler", "clip_sample_range"),
]


def file_of(folder, component):
    name = "scheduler_config" if component == "scheduler" else "config"
    return folder / component / f"{name}.json"


def changed(folder, to, component, key, value):
    """Copy a folder, weights by links, with one value of a config changed."""
    shutil.copytree(folder, to, copy_function=lambda a, b: Path(b).symlink_to(a))
    path = file_of(to, component)
    config = json.loads(path.read_text())
    *sections, last = key.split(".")
    place = config
    for section in sections:
        place = place[section]
    place[last] = value
    path.unlink()
    path.write_text(json.dumps(config))
    return to


def theirs(pipe, noise):
    pipe.set_progress_bar_config(disable=True)
    with torch.no_grad():
        return pipe(
            CAPTION,
            latents=noise.clone(),
            num_inference_steps=OPTIONS.steps,
            guidance_scale=1.0,
            eta=0.0,
            audio_length_in_s=unpublished_diffusers.SECONDS,
            output_type="pt",
        ).audios[0]


def theirs_in_double(pipe, noise):
    """Leave out rounding errors of diffusers: enlarged, they may exceed ours."""
    nets = [n for n in pipe.components.values() if isinstance(n, torch.nn.Module)]
    for net in nets:
        net.double()
    try:
        return theirs(pipe, noise.double()).float()
    finally:
        for net in nets:
            net.float()


def opened(folder):
    from diffusers import AudioLDM2Pipeline

    return AudioLDM2Pipeline.from_pretrained(folder)


def ours(folder, to):
    write_system(read_diffusers(folder), to)
    return Text2Audio.from_pretrained(to)


def sound_of(text2audio):
    return text2audio({"x": CAPTION}, OPTIONS)["x"]


def with_part(text2audio, name, read, folder, to):
    """Return our system with one net read from another folder."""
    system = text2audio.system
    part = read(PipelineFolder(folder), system.specification.geometry)
    write_system(System("custom", {name: part}, {}), to)
    stored = StoredPart(to / name)
    loader = PartLoader(
        StoredSystem(stored, stored, stored, stored),
        system.specification.geometry,
        empty=system.encoder([""]),
    )
    parts = dataclasses.replace(system.parts, **{name: getattr(loader, name)()})
    return Text2Audio(dataclasses.replace(system, parts=parts))


def relative(got, wanted):
    return float((got - wanted[: len(got)]).abs().max() / wanted.abs().max())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("unpublished")
    texts = tmp_path_factory.mktemp("text")
    unpublished_diffusers.pipeline(texts).save_pretrained(made)
    return made


@pytest.fixture(scope="module")
def pipe(folder):
    return opened(folder)


@pytest.fixture(scope="module")
def text2audio(folder, tmp_path_factory):
    return ours(folder, tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def noise(text2audio):
    shape = text2audio.system.specification.geometry.latent_shape
    return normal_of(generators_of(OPTIONS.seed, ["x"]), shape)


@pytest.fixture(scope="module")
def sound(text2audio):
    return sound_of(text2audio)


def test_a_folder_of_unpublished_values_sounds_as_in_diffusers_and_comes_back(
    folder, pipe, text2audio, noise, sound, tmp_path
):
    wanted = theirs(pipe, noise)
    assert wanted.square().mean().sqrt() >= 0.05
    assert relative(sound, wanted) < CLOSE
    write_system(read_diffusers(folder), tmp_path / "ours")
    write_diffusers(read_system(tmp_path / "ours"), tmp_path / "back")
    assert relative(theirs(opened(tmp_path / "back"), noise), wanted) < CLOSE
    for component in (*PARTS, "projection_model"):
        stated = json.loads(file_of(folder, component).read_text())
        back = json.loads(file_of(tmp_path / "back", component).read_text())
        for key in (back.keys() & stated.keys()) - NAMES:
            assert agree(stated[key], back[key]), (component, key)


@pytest.mark.parametrize(("component", "key", "value"), TAKEN)
def test_a_value_of_a_config_changes_the_sound_as_in_diffusers(
    component, key, value, folder, pipe, text2audio, noise, sound, tmp_path
):
    other = changed(folder, tmp_path / "other", component, key, value)
    name, read = PARTS["unet" if key == "scaling_factor" else component]
    got = sound_of(with_part(text2audio, name, read, other, tmp_path / "ours"))
    assert relative(got, sound) > APART
    before = getattr(pipe, component)
    pipe.register_modules(
        **{component: type(before).from_pretrained(other / component)}
    )
    wanted = theirs_in_double(pipe, noise)
    pipe.register_modules(**{component: before})
    assert relative(got, wanted) < NEAR


@pytest.mark.parametrize(("component", "key", "value"), TAKEN_BY_ALL)
def test_a_value_that_several_nets_depend_on_changes_the_sound_likewise(
    component, key, value, folder, noise, sound, tmp_path
):
    other = changed(folder, tmp_path / "other", component, key, value)
    got = sound_of(ours(other, tmp_path / "ours"))
    assert relative(got, sound) > APART
    assert relative(got, theirs(opened(other), noise)) < NEAR


@pytest.mark.parametrize(("component", "key", "value"), REFUSED)
def test_a_value_that_does_not_fit_is_refused_with_file_and_key(
    component, key, value, folder, text2audio, tmp_path
):
    other = changed(folder, tmp_path / "other", component, key, value)
    refuse(other, component, key, text2audio.system.specification.geometry)


@pytest.mark.parametrize(("component", "key"), NUMBERS)
def test_a_value_of_another_type_or_range_is_refused_with_file_and_key(
    component, key, folder, text2audio, tmp_path
):
    for turn, value in enumerate(HOSTILE):
        if (key, value) == ("leaky_relu_slope", -1):
            value = -2
        other = changed(folder, tmp_path / f"other{turn}", component, key, value)
        refuse(other, component, key, text2audio.system.specification.geometry)


def refuse(folder, component, key, geometry):
    readers = PARTS | {"projection_model": ("loa_lm", read_language_model)}
    if key == "scaling_factor":
        readers = {"vae": PARTS["unet"]}
    with pytest.raises(ValueError, match=f"{component}/.*config.json: {key} ") as error:
        readers[component][1](PipelineFolder(folder), geometry)
    assert "\n" not in str(error.value) and len(str(error.value)) < 500
