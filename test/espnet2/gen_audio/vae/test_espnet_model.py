"""Turns of the autoencoder's training: what counts, is trained, is refused."""

import pytest
import torch

from espnet2.gen_audio.vae.build import build_vae

GEOMETRY = {"seconds": 0.64, "n_mels": 16, "downsample": 2, "latent_channels": 3}
SAMPLES = 10240


def tiny(loss_conf=None, **model_conf):
    torch.manual_seed(0)
    return build_vae(
        {
            "geometry_conf": GEOMETRY,
            "vae_conf": {
                "block_out_channels": [4, 8],
                "layers_per_block": 1,
                "norm_num_groups": 2,
            },
            "discriminator_conf": {"width": 4, "num_layers": 1},
            "loss_conf": {"disc_start": 0, **(loss_conf or {})},
            "model_conf": model_conf,
        }
    )


def turns(model, audio, generator):
    return model(audio, forward_generator=generator)


@pytest.fixture
def audio():
    torch.manual_seed(1)
    return 0.1 * torch.randn(2, SAMPLES)


def test_the_objective_is_the_sum_of_its_terms(audio):
    model = tiny({"kl_weight": 7.0, "disc_weight": 0.5})
    result = turns(model, audio, True)
    stats = result["stats"]
    expected = (
        stats["reconstruction_loss"]
        + 7.0 * stats["kl"]
        + 0.5 * stats["adaptive_weight"] * stats["adversarial_loss"]
    )
    torch.testing.assert_close(result["loss"], expected)
    assert stats["adaptive_weight"] > 0
    pixels = 64 * 16
    torch.testing.assert_close(stats["reconstruction_loss"], stats["mel_l1"] * pixels)


def test_normalisation_divides_all_terms_alike(audio):
    losses = []
    for normalisation in ("sum", "mean"):
        model = tiny({"normalisation": normalisation})
        torch.manual_seed(5)
        losses.append(turns(model, audio, True)["loss"])
    torch.testing.assert_close(losses[0], losses[1] * 64 * 16)


def test_the_discriminator_waits_for_its_start_and_then_trains(audio):
    model = tiny({"disc_start": 2})
    for _ in range(2):
        waiting = turns(model, audio, False)
        assert waiting["loss"].item() == 0.0
        waiting["loss"].sum().backward()  # reaches its parameters, with zeros
        stats = turns(model, audio, True)["stats"]
        assert "adversarial_loss" not in stats
    grads = [p.grad for p in model.discriminator_parameters()]
    assert all(g is not None and not g.any() for g in grads)
    assert turns(model, audio, False)["loss"].item() > 0.0
    assert "adversarial_loss" in turns(model, audio, True)["stats"]


def test_the_step_counter_is_a_float_in_the_checkpoint(audio):
    model = tiny()
    turns(model, audio, True)
    model.eval()
    turns(model, audio, True)
    steps = model.state_dict()["generator_steps"]
    assert steps.item() == 1.0 and steps.is_floating_point()


def test_the_discriminator_turn_trains_the_discriminator_only(audio):
    model = tiny()
    turns(model, audio, False)["loss"].sum().backward()
    assert all(p.grad is None for p in model.generator_parameters())
    assert any(p.grad.any() for p in model.discriminator_parameters())


def test_every_parameter_belongs_to_one_optimiser():
    model = tiny()
    sides = [*model.generator_parameters(), *model.discriminator_parameters()]
    assert {id(p) for p in sides} == {id(p) for p in model.parameters()}
    assert len(sides) == len({id(p) for p in sides})


def test_both_turns_of_a_batch_share_one_pass(audio):
    model = tiny()
    passes = []
    encode = model.vae.encode
    model.vae.encode = lambda mel: passes.append(1) or encode(mel)
    turns(model, audio, False)["loss"].sum().backward()
    turns(model, audio, True)["loss"].sum().backward()
    assert len(passes) == 1
    turns(model, audio, True)["loss"].sum().backward()
    turns(model, audio.clone(), False)
    assert len(passes) == 3


def test_validation_uses_the_mode_and_is_repeatable_without_gradients(audio):
    model = tiny(crop_frames=16).eval()
    with torch.no_grad():
        first, second = (turns(model, audio, True)["stats"] for _ in "ab")
        mel = model.log_mel(audio)
        decoded = model.vae.decode(model.vae.encode(mel)[0])
    assert first["mel_l1"] == second["mel_l1"]
    torch.testing.assert_close(first["mel_l1"][0], (mel - decoded).abs().mean())
    assert first["adaptive_weight"].item() == 0.0


def test_training_crops_are_windows_of_the_clip(audio):
    model = tiny(crop_frames=16)
    result = model.reconstruct(audio)
    whole = model.log_mel(audio)
    assert result.mel.shape == result.decoded.shape == (2, 16, 16)
    for clip, crop in zip(whole, result.mel):
        windows = clip.unfold(0, 16, 1).transpose(1, 2)  # (windows, 16, 16)
        assert any(torch.equal(window, crop) for window in windows)


def test_crops_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="multiple of downsample 2"):
        tiny(crop_frames=15)
    with pytest.raises(ValueError, match="at most 64"):
        tiny(crop_frames=128)


def test_discriminator_features_can_serve_as_perceptual_term(audio):
    plain, feature = tiny(), tiny({"perceptual": "feature"})
    losses = []
    for model in (plain, feature):
        torch.manual_seed(5)
        losses.append(turns(model, audio, True)["stats"]["reconstruction_loss"].item())
    assert losses[1] > losses[0]


def test_a_few_steps_lower_the_mel_distance(audio):
    model = tiny({"normalisation": "mean", "disc_start": 1000})
    optimiser = torch.optim.Adam(model.generator_parameters(), lr=1e-2)
    distances = []
    for _ in range(15):
        result = turns(model, audio, True)
        distances.append(result["stats"]["mel_l1"].item())
        optimiser.zero_grad()
        result["loss"].sum().backward()
        optimiser.step()
    assert distances[-1] < 0.8 * distances[0]


def test_statistics_collect_the_mel_spectrogram(audio):
    feats = tiny().collect_feats(audio, torch.tensor([SAMPLES, SAMPLES]))
    assert feats["mel"].shape == (2, 64, 16)
    assert feats["mel_lengths"].tolist() == [64, 64]
