"""The whole path against diffusers' pipeline with the same weights, in and out."""

import shutil

import pytest
import tiny_diffusers
import torch

from espnet2.gen_audio.checkpoint.archive.folder import read_system, write_system
from espnet2.gen_audio.checkpoint.detect import read_any
from espnet2.gen_audio.checkpoint.diffusers.export import write_diffusers
from espnet2.gen_audio.checkpoint.diffusers.read import read_diffusers
from espnet2.gen_audio.checkpoint.diffusers.weights import read_weights
from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.pipeline.decode import decode
from espnet2.gen_audio.pipeline.encode import encode_captions
from espnet2.gen_audio.pipeline.lengths import frames_of
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.predict_loa import predict_loa
from espnet2.gen_audio.pipeline.sample import diffusion_conditions, sample
from espnet2.gen_audio.pipeline.text2audio import Text2Audio
from espnet2.gen_audio.seeding import generators_of, normal_of

CAPTIONS = {"dog": "a dog barks in the rain", "roof": "rain falls on a tin roof"}
OPTIONS = SamplingOptions(steps=4, eta=0.0, guidance_scale=3.0)
GEOMETRY = ClipGeometry(**tiny_diffusers.GEOMETRY)
COMPONENTS = ("unet", "vae", "vocoder", "language_model", "projection_model")
COMPONENTS += ("text_encoder", "text_encoder_2")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A pipeline and the folder that it was saved to."""
    folder = tmp_path_factory.mktemp("published")
    pipe = tiny_diffusers.pipeline(tmp_path_factory.mktemp("tokenizers"))
    pipe.set_progress_bar_config(disable=True)
    pipe.save_pretrained(folder)
    return pipe, folder


@pytest.fixture(scope="module")
def ours(published, tmp_path_factory):
    """The folder as we read it, written as a system of ours, and opened."""
    folder = tmp_path_factory.mktemp("ours")
    write_system(read_diffusers(published[1], GEOMETRY), folder)
    return Text2Audio.from_pretrained(folder), folder


def noise_of(system, utt_id):
    generators = generators_of(OPTIONS.seed, [utt_id])
    return normal_of(generators, system.ldm.geometry.latent_shape)


def latent_of(system, utt_id, conditions, options):
    frames = frames_of(GEOMETRY.samples, system.specification)
    null = system.ldm.conditions.null(1)
    return sample(system, [(0, utt_id)], [conditions], null, options, frames)


def relative(got, wanted):
    return float((got - wanted).abs().max() / wanted.abs().max())


@pytest.mark.parametrize("utt_id", CAPTIONS)
def test_the_whole_path_gives_the_sound_of_diffusers(published, ours, utt_id):
    pipe, system = published[0], ours[0].system
    prompt = {utt_id: CAPTIONS[utt_id]}
    with torch.no_grad():
        states, mask, loa = pipe.encode_prompt(prompt[utt_id], "cpu", 1, False)
        # without guidance, because diffusers cannot guide by states of another length
        wanted = pipe(
            prompt_embeds=states,
            attention_mask=mask,
            generated_prompt_embeds=loa,
            latents=noise_of(system, utt_id),
            num_inference_steps=OPTIONS.steps,
            guidance_scale=1.0,
            eta=0.0,
            audio_length_in_s=0.64,
            output_type="pt",
        ).audios[0]
    plain = SamplingOptions(steps=OPTIONS.steps, eta=0.0, guidance_scale=1.0)
    got = ours[0](prompt, plain)[utt_id]
    assert wanted.square().mean().sqrt() >= 0.05
    assert relative(got, wanted[: len(got)]) < 1e-3
    batch = encode_captions(system, [prompt[utt_id]])
    conditions = diffusion_conditions(system, batch, predict_loa(system, batch))
    assert relative(conditions["loa"].embedding, loa) < 1e-5
    assert relative(conditions["tokens"].embedding, states) < 1e-5
    # a mel spectrogram one frame later fails the same comparison
    mel = system.vae.decode(latent_of(system, utt_id, conditions, plain))
    assert relative(system.vocoder(mel)[0], wanted[: len(got)]) < 1e-3
    assert relative(system.vocoder(mel.roll(1, dims=1))[0], wanted[: len(got)]) > 1e-1


def test_guidance_is_that_of_diffusers_for_the_same_conditions(published, ours):
    pipe, system = published[0], ours[0].system
    torch.manual_seed(0)
    states = torch.randn(2, 5, tiny_diffusers.T5)
    loa = torch.randn(1, 1, tiny_diffusers.LOA)
    ones = torch.ones(1, 5, dtype=torch.long)
    noise = noise_of(system, "x")
    with torch.no_grad():
        wanted = pipe(
            prompt_embeds=states[:1],
            attention_mask=ones,
            generated_prompt_embeds=loa,
            negative_prompt_embeds=states[1:],
            negative_attention_mask=ones,
            negative_generated_prompt_embeds=torch.zeros_like(loa),
            latents=noise,
            num_inference_steps=OPTIONS.steps,
            guidance_scale=OPTIONS.guidance_scale,
            eta=0.0,
            audio_length_in_s=0.64,
            output_type="pt",
        ).audios[0]
    system.ldm.conditions.set_null("tokens", states[1])
    conditions = {
        "loa": Condition.from_lengths(loa),
        "tokens": Condition.from_lengths(states[:1]),
    }
    got = decode(system, latent_of(system, "x", conditions, OPTIONS))[0]
    assert relative(got, wanted[: len(got)]) < 1e-3


def test_a_folder_comes_back_bit_by_bit(published, ours, tmp_path):
    _, folder = published
    assert write_diffusers(read_system(ours[1], verify=True), tmp_path / "out") == []
    for name in COMPONENTS:
        before = read_weights(folder / name)
        after = read_weights(tmp_path / "out" / name)
        before = {n.removeprefix("transformer."): t for n, t in before.items()}
        before.pop("lm_head.weight", None)
        assert before.keys() == after.keys(), name
        assert all(torch.equal(before[n], after[n]) for n in before), name


def test_diffusers_opens_what_was_written_and_makes_the_same_sound(
    published, ours, tmp_path
):
    from diffusers import AudioLDM2Pipeline

    system = ours[0].system
    write_diffusers(read_system(ours[1]), tmp_path / "out")
    # both read from files: how weights lie in memory changes the last bits on some CPUs
    pipe, again = (
        AudioLDM2Pipeline.from_pretrained(folder)
        for folder in (published[1], tmp_path / "out")
    )
    for each in (pipe, again):
        each.set_progress_bar_config(disable=True)
    heads = again.unet.config.attention_head_dim
    assert list(heads) == [width // 32 for width in tiny_diffusers.WIDTHS]
    options = {
        "num_inference_steps": 2,
        "audio_length_in_s": 0.64,
        "output_type": "pt",
        "latents": noise_of(system, "dog"),
    }
    with torch.no_grad():
        wanted = pipe(CAPTIONS["dog"], **options).audios
        got = again(CAPTIONS["dog"], **options).audios
    assert relative(got, wanted) < 1e-5


def test_a_folder_with_some_parts_is_read_and_the_rest_is_absent(published, tmp_path):
    for name in ("vae", "vocoder"):
        shutil.copytree(published[1] / name, tmp_path / "some" / name)
    system = read_any(tmp_path / "some", geometry=GEOMETRY)
    assert set(system.parts) == {"vae", "vocoder"} and not system.encoders
    lacking = write_diffusers(system, tmp_path / "out")
    assert "unet" in lacking and "vae" not in lacking
    assert not (tmp_path / "out" / "model_index.json").exists()
    again = read_any(tmp_path / "out", geometry=GEOMETRY)
    for name, part in system.parts.items():
        same = again.parts[name].state
        assert all(torch.equal(part.state[n], same[n]) for n in part.state)
