"""Transformations of mels and latents, and how training uses them."""

import pytest
import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vae.build import build_vae
from espnet2.gen_audio.vae.equivariance import Equivariance, Transform
from espnet2.gen_audio.vae.mel_block_pca import block_moments

GEOMETRY = ClipGeometry(seconds=0.64, n_mels=16, downsample=2, latent_channels=3)


def tiny(equivariance=None, vae="mel_vae", **rest):
    torch.manual_seed(0)
    return build_vae(
        {
            "geometry_conf": GEOMETRY.to_dict(),
            "vae": vae,
            "vae_conf": {
                "block_out_channels": [4, 8],
                "layers_per_block": 1,
                "norm_num_groups": 2,
            },
            "discriminator_conf": {"width": 4, "num_layers": 1},
            "loss_conf": {"disc_start": 0, "normalisation": "mean"},
            "model_conf": {"equivariance": equivariance, **rest},
        }
    )


@pytest.fixture
def audio():
    return 0.1 * torch.randn(2, 10240, generator=torch.Generator().manual_seed(1))


def maps(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(2))


def test_a_scaling_averages_neighbours_of_mel_and_latent():
    mel, latent = maps(2, 64, 16), maps(2, 3, 32, 8)
    short = Transform(time=0.5)
    torch.testing.assert_close(
        short.of_mel(mel, 2), (mel[:, 0::2] + mel[:, 1::2]) / 2, rtol=0, atol=1e-6
    )
    torch.testing.assert_close(
        short.of_latent(latent), (latent[:, :, 0::2] + latent[:, :, 1::2]) / 2
    )
    small = Transform(time=0.5, frequency=0.5)
    assert small.of_mel(mel, 2).shape == (2, 32, 8)
    assert small.of_latent(latent).shape == (2, 3, 16, 4)


def test_a_shift_leaves_out_the_same_time_of_mel_and_latent():
    mel, latent = maps(2, 64, 16), maps(2, 3, 32, 8)
    later = Transform(shift=3)
    assert torch.equal(later.of_mel(mel, 2), mel[:, 6:])
    assert torch.equal(later.of_latent(latent), latent[:, :, 3:])


def test_the_linear_path_is_equivariant_under_a_gain():
    vae = tiny(vae="linear_mel_vae").vae.eval()
    mel = maps(6, 64, 16).cumsum(dim=1) - 7
    vae.start_from(block_moments(mel, 2).double().mean(dim=0))
    louder = Transform(gain=0.7)
    with torch.no_grad():
        latent = louder.of_latent(vae.encode(mel)[0], vae.gain_direction)
        expected = vae.encode(louder.of_mel(mel, 2))[0]
    torch.testing.assert_close(latent, expected, rtol=0, atol=1e-4)


def test_a_gain_of_latents_without_a_known_direction_is_refused():
    with pytest.raises(ValueError, match="a gain of 0.5 needs gain_direction"):
        Transform(gain=0.5).of_latent(maps(2, 3, 32, 8))
    with pytest.raises(ValueError, match="max_gain 0.5 needs an autoencoder"):
        tiny({"max_gain": 0.5})


def test_draws_are_plain_or_one_of_the_transformations():
    drawn = Equivariance(
        GEOMETRY, 64, probability=0.6, scales=[0.5], max_shift=4, max_gain=0.5
    )
    torch.manual_seed(0)
    found = [drawn.draw() for _ in range(1000)]
    plain = sum(each is None for each in found)
    assert 350 < plain < 450
    transforms = [each for each in found if each is not None]
    kinds = {
        "time": [t for t in transforms if t.time < 1.0 == t.frequency],
        "both": [t for t in transforms if t.time == t.frequency == 0.5],
        "shift": [t for t in transforms if t.shift],
        "gain": [t for t in transforms if t.gain],
    }
    assert all(110 < len(each) < 190 for each in kinds.values())
    assert sum(map(len, kinds.values())) == len(transforms)
    assert {t.shift for t in kinds["shift"]} == {1, 2, 3, 4}
    assert all(-0.5 <= t.gain <= 0.5 for t in kinds["gain"])


def test_training_reconstructs_the_transformed_mel_from_the_transformed_latent(audio):
    model = tiny({"probability": 1.0})
    whole = model.log_mel(audio)
    torch.manual_seed(3)
    result = model.reconstruct(audio)
    torch.testing.assert_close(
        result.mel, Transform(time=0.5).of_mel(whole, 2), rtol=0, atol=0
    )
    assert result.decoded.shape == (2, 32, 16)
    assert result.mean.shape == (2, 3, 32, 8)
    turn = model(audio, forward_generator=False)
    turn["loss"].sum().backward()
    assert any(p.grad.any() for p in model.discriminator_parameters())
    model(audio)["loss"].sum().backward()
    assert all(p.grad is not None for p in model.generator_parameters())


def test_a_shorter_pair_counts_as_much_as_a_plain_one(audio):
    stats = tiny({"probability": 1.0})(audio)["stats"]
    torch.testing.assert_close(stats["reconstruction_loss"], stats["mel_l1"] * 64 * 16)


def test_validation_is_plain_and_measures_the_error_of_transformed_pairs(audio):
    plain, model = tiny().eval(), tiny({"probability": 1.0}).eval()
    with torch.no_grad():
        expected, found = plain(audio)["stats"], model(audio)["stats"]
        mel = model.log_mel(audio)
        half = Transform(time=0.5)
        decoded = model.vae.decode(half.of_latent(model.vae.encode(mel)[0]))
    error = (half.of_mel(mel, 2) - decoded).abs().mean()
    torch.testing.assert_close(found.pop("equivariance_l1")[0], error)
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_without_the_option_no_random_number_is_drawn(audio):
    states = []
    for model in (tiny(), tiny(crop_frames=16)):
        torch.manual_seed(4)
        model.reconstruct(audio)
        states.append(torch.get_rng_state())
    torch.manual_seed(4)
    torch.randn(2, 3, 32, 8)  # the sample of the posterior
    assert torch.equal(states[0], torch.get_rng_state())


@pytest.mark.parametrize(
    ("conf", "message"),
    [
        ({"probability": 0.0}, "probability 0.0 must be above 0"),
        ({"time_scales": [2.0]}, "scale 2.0 must be between 0 and 1"),
        ({"time_scales": [0.3]}, "whole latent frames of 32"),
        ({"scales": [0.0625]}, "whole latent bins of 8"),
        ({"max_shift": 32}, "max_shift 32 must be from 0 to 31"),
        ({"max_gain": -1.0}, "max_gain -1.0 must be 0 or more"),
        ({"time_scales": []}, "no transformation"),
        ({"rotation": 90}, "model_conf does not fit.*rotation"),
    ],
)
def test_options_that_do_not_fit_are_refused(conf, message):
    with pytest.raises(ValueError, match=message):
        tiny(conf)
