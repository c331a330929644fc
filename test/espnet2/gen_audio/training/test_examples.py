"""What models in training make of validation clips."""

import pytest
import torch

from espnet2.gen_audio.joint.espnet_model import ESPnetGenAudioJointModel
from espnet2.gen_audio.training.examples import examples_of
from espnet2.gen_audio.vae.build import build_vae
from espnet2.gen_audio.vocoder.build import build_vocoder

GEOMETRY = {"seconds": 0.64, "n_mels": 16, "downsample": 4, "latent_channels": 4}


@pytest.fixture
def audio():
    return 0.1 * torch.randn(2, 10240, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def batch(system):
    draw = torch.Generator().manual_seed(2)
    patches = system.ldm.geometry.num_patches
    lengths = torch.full((2,), patches)
    return {
        "loa": torch.randn(2, patches, 16, generator=draw),
        "loa_lengths": lengths,
        "tokens": torch.randn(2, 3, 8, generator=draw),
        "tokens_lengths": torch.full((2,), 3),
        "sentence": torch.randn(2, 1, 8, generator=draw),
        "sentence_lengths": torch.ones(2).long(),
    }


@torch.no_grad()
def test_an_autoencoder_shows_recordings_and_their_reconstruction(audio):
    conf = {"block_out_channels": [4, 8, 8], "norm_num_groups": 2}
    model = build_vae({"geometry_conf": GEOMETRY, "vae_conf": conf}).eval()
    made = examples_of(model, {"audio": audio}, ["a", "b"], None)
    assert torch.equal(made.recorded, model.log_mel(audio)) and made.audio is None
    mean, _ = model.vae.encode(made.recorded)
    torch.testing.assert_close(made.mel, model.vae.decode(mean))


@torch.no_grad()
def test_a_vocoder_makes_the_sounds_itself(audio):
    conf = {"upsample_initial_channel": 64, "resblock_kernel_sizes": [3]}
    conf |= {"resblock_dilation_sizes": [[1]]}
    model = build_vocoder({"geometry_conf": GEOMETRY, "vocoder_conf": conf}).eval()
    made = examples_of(model, {"audio": audio}, ["a", "b"], None)
    assert made.audio.shape == audio.shape
    assert torch.equal(made.mel, model.log_mel(made.audio))
    assert torch.equal(made.recorded, model.log_mel(audio))


@torch.no_grad()
def test_a_diffusion_model_generates_by_id_whatever_the_batch(system, batch):
    decode = system.vae.decode
    both = examples_of(system.ldm, batch, ["a", "b"], decode).mel
    alone = {name: values[1:] for name, values in batch.items()}
    one = examples_of(system.ldm, alone, ["b"], decode).mel
    torch.testing.assert_close(both[1:], one, rtol=1e-4, atol=1e-4)
    assert both.shape[1:] == (64, 16) and not torch.allclose(both[0], both[1])
    assert not torch.allclose(examples_of(system.ldm, alone, ["c"], decode).mel, one)


@torch.no_grad()
def test_a_student_generates_in_two_passes_by_id(taught, batch):
    student, decode = taught.parts.student, taught.vae.decode
    both = examples_of(student, batch, ["a", "b"], decode).mel
    assert both.shape[1:] == (64, 16) and both.isfinite().all()
    again = examples_of(student, batch, ["a", "b"], decode).mel
    assert torch.equal(both, again) and not torch.allclose(both[0], both[1])
    assert examples_of(student, batch, ["a", "b"], None) is None


@torch.no_grad()
def test_a_joint_model_generates_from_predicted_loa(system, batch):
    model = ESPnetGenAudioJointModel(system.loa_lm, system.ldm).eval()
    decode = system.vae.decode
    made = examples_of(model, batch, ["a", "b"], decode).mel
    other = batch | {"loa": torch.zeros_like(batch["loa"])}
    assert torch.equal(examples_of(model, other, ["a", "b"], decode).mel, made)
    spoken = batch | {"sentence": -batch["sentence"]}
    assert not torch.equal(examples_of(model, spoken, ["a", "b"], decode).mel, made)


def test_latents_without_an_autoencoder_and_models_without_sound_show_nothing(
    system, batch
):
    joint = ESPnetGenAudioJointModel(system.loa_lm, system.ldm)
    for model in (system.ldm, joint, system.loa_lm, torch.nn.Linear(1, 1)):
        assert examples_of(model, batch, ["a", "b"], None) is None


def test_showing_draws_nothing_from_the_generators_of_the_training(system, batch):
    torch.manual_seed(4)
    before = torch.get_rng_state()
    with torch.no_grad():
        examples_of(system.ldm, batch, ["a", "b"], system.vae.decode)
    assert torch.equal(torch.get_rng_state(), before)
