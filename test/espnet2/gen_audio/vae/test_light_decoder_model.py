"""A light decoder learns what its original decodes, and nothing else changes."""

import copy

import pytest
import torch

from espnet2.gen_audio.vae.build import build_vae

GEOMETRY = {"seconds": 0.64, "n_mels": 16, "fbank_bins": 32, "latent_channels": 4}
CONF = {"block_out_channels": [8, 8, 8], "norm_num_groups": 4}
LIGHT = {
    "geometry_conf": GEOMETRY,
    "vae": "light_mel_vae",
    "vae_conf": CONF | {"decoder_channels": [8, 8, 8], "decoder_groups": 4},
    "discriminator_conf": {"width": 4, "num_layers": 1},
    "loss_conf": {"kl_weight": 0.0, "disc_start": 1000, "normalisation": "mean"},
}


def taught():
    torch.manual_seed(0)
    original = build_vae({"geometry_conf": GEOMETRY, "vae_conf": CONF}).vae
    model = build_vae(LIGHT)
    model.learn_from(original, start=True)
    return original, model


def test_training_brings_the_mels_nearer_to_those_of_the_original():
    original, model = taught()
    before = copy.deepcopy(original.state_dict())
    encoder = copy.deepcopy(model.vae.net.encoder.state_dict())
    audio = 0.1 * torch.randn(2, 10240)

    def distance():
        with torch.no_grad():
            return model.eval()(audio)["stats"]["mel_l1"].item()

    first = distance()
    optimiser = torch.optim.Adam(model.generator_parameters(), 3e-3)
    model.train()
    for _ in range(40):
        optimiser.zero_grad()
        model(audio)["loss"].backward()
        optimiser.step()
    assert distance() < 0.6 * first
    for state, own in (
        (before, original),
        (encoder, model.vae.net.encoder),
    ):
        after = own.state_dict()
        assert all(torch.equal(value, after[name]) for name, value in state.items())


def test_the_distance_is_that_to_the_original_and_not_to_the_recording():
    original, model = taught()
    audio = 0.1 * torch.randn(1, 10240)
    with torch.no_grad():
        result = model.eval().reconstruct(audio)
        wanted = original.decode(original.encode(model.log_mel(audio))[0])
    torch.testing.assert_close(result.mel, wanted)


def test_the_original_is_not_saved():
    _, model = taught()
    assert set(model.state_dict()) == set(build_vae(LIGHT).state_dict())


def test_without_an_original_it_says_how_to_give_one():
    with pytest.raises(ValueError, match="--vae_teacher is missing"):
        build_vae(LIGHT)(torch.zeros(1, 10240))


def test_transformed_latents_are_refused():
    conf = {"model_conf": {"equivariance": {"probability": 0.5}}}
    with pytest.raises(ValueError, match="remove it from model_conf"):
        build_vae(LIGHT | conf)
