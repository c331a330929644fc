"""An autoencoder that starts as principal components and learns from there."""

import math

import pytest
import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vae.build import build_vae
from espnet2.gen_audio.vae.linear_autoencoder import LinearMelVAE
from espnet2.gen_audio.vae.mel_block_pca import LinearPath, block_moments
from espnet2.gen_audio.vae.posterior import kl_to_standard_normal, sample_posterior

TINY = {"block_out_channels": [4, 8, 8], "layers_per_block": 1, "norm_num_groups": 2}
GEOMETRY = ClipGeometry(seconds=0.64, n_mels=16, downsample=4, latent_channels=3)
CONFIG = {
    "geometry_conf": GEOMETRY.to_dict(),
    "vae": "linear_mel_vae",
    "vae_conf": {**TINY, "mel_level": -7.0, "mel_std": 4.0},
    "discriminator_conf": {"width": 4, "num_layers": 1},
}


def mels():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(6, 64, 16, generator=generator).cumsum(dim=1) - 7


def moments():
    return block_moments(mels(), 4).double().mean(dim=0)


def started(**conf):
    torch.manual_seed(0)
    vae = LinearMelVAE(GEOMETRY, **{**CONFIG["vae_conf"], **conf}).eval()
    vae.start_from(moments())
    return vae


WHITENINGS = pytest.mark.parametrize("whitening", [0.0, 0.5, 1.0])


@WHITENINGS
def test_the_first_reconstruction_is_the_linear_one(whitening):
    vae, mel = started(whitening=whitening), mels()
    path = LinearPath(GEOMETRY)
    path.fit(moments())
    mean, log_variance = vae.encode(mel)
    assert mean.shape == log_variance.shape == (6, *GEOMETRY.latent_shape)
    torch.testing.assert_close(
        vae.decode(mean), path.decode(path.encode(mel)), rtol=0, atol=1e-4
    )


@WHITENINGS
@pytest.mark.parametrize("correction", [True, False])
def test_a_first_sample_adds_the_same_small_noise(whitening, correction):
    vae, mel = started(whitening=whitening, correction=correction), mels()
    mean, log_variance = vae.encode(mel)
    torch.manual_seed(1)
    with torch.no_grad():
        noise = vae.decode(sample_posterior(mean, log_variance)) - vae.decode(mean)
    # three of 16 directions get noise of standard deviation exp(-3)
    expected = (3 / 16) ** 0.5 * math.exp(-3)
    assert noise.std().item() == pytest.approx(expected, rel=0.1)


def test_whitening_changes_neither_the_divergence_nor_the_gradients():
    found = []
    for whitening in (0.0, 0.5, 1.0):
        vae, mel = started(whitening=whitening), mels()
        torch.manual_seed(1)
        mean, log_variance = vae.encode(mel)
        kl = vae.kl(mean, log_variance)
        decoded = vae.decode(sample_posterior(mean, log_variance))
        ((decoded - mel).abs().mean() + 0.1 * kl).backward()
        grads = [p.grad for p in vae.parameters()]
        found.append([kl.detach(), *(g for g in grads if g is not None)])
    for other in found[1:]:
        torch.testing.assert_close(other, found[0], rtol=1e-3, atol=1e-4)
    half = started(whitening=1.0)  # the prior of whitened components is standard
    mean, log_variance = half.encode(mels())
    torch.testing.assert_close(
        half.kl(mean, log_variance), kl_to_standard_normal(mean, log_variance)
    )


def test_corrections_start_at_zero_with_a_gradient():
    vae, mel = started(), mels()
    net = vae.correction.net
    mean, log_variance = vae.correction.encode(mel)
    assert not mean.any() and (log_variance == -6.0).all()
    (vae.decode(vae.encode(mel)[0]) - mel).abs().mean().backward()
    for name in ("quant_conv.weight", "decoder.conv_out.weight"):
        weight = net.get_parameter(name)
        assert not weight[: GEOMETRY.latent_channels].any()
        assert weight.grad.any()


@WHITENINGS
def test_training_improves_on_the_linear_path(whitening):
    vae, mel = started(whitening=whitening), mels()
    optimiser = torch.optim.Adam(vae.parameters(), lr=3e-3)
    losses = []
    for _ in range(40):
        loss = (vae.decode(vae.encode(mel)[0]) - mel).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.95 * losses[0]


def test_without_correction_there_is_nothing_to_train():
    vae, mel = started(correction=False), mels()
    assert not list(vae.parameters())
    path = LinearPath(GEOMETRY, 0.5)
    path.fit(moments())
    mean, _ = vae.encode(mel)
    assert torch.equal(mean, path.encode(mel))
    assert torch.equal(vae.decode(mean), path.decode(mean))
    with pytest.raises(TypeError, match="widths"):
        LinearMelVAE(GEOMETRY, correction=False, widths=[4])


def test_weights_that_were_given_are_not_fitted_again():
    vae = started()
    before = vae.linear.analysis.clone()
    vae.start_from(2.0 * moments())
    assert torch.equal(vae.linear.analysis, before)
    other = LinearMelVAE(GEOMETRY, **CONFIG["vae_conf"])
    other.load_state_dict(vae.state_dict())
    other.start_from(None)
    assert torch.equal(other.linear.synthesis, vae.linear.synthesis)


def test_a_training_without_the_statistics_is_refused():
    with pytest.raises(ValueError, match="--block_moments_stats"):
        LinearMelVAE(GEOMETRY, **TINY).start_from(None)


def test_validation_says_what_components_reach_and_checkpoints_do_not_hold_them():
    model = build_vae(CONFIG)
    names = set(model.state_dict())
    model.vae.start_from(moments())
    model.compare_with_linear(moments())
    assert set(model.state_dict()) == names
    audio = 0.1 * torch.randn(2, 10240, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        stats = model.eval()(audio)["stats"]
    torch.testing.assert_close(stats["linear_mel_l1"], stats["mel_l1"])
    assert "linear_mel_l1" not in model.train()(audio)["stats"]


def test_statistics_of_clips_give_the_moments_of_their_blocks():
    model = build_vae(CONFIG)
    audio = 0.1 * torch.randn(2, 10240, generator=torch.Generator().manual_seed(1))
    feats = model.collect_feats(audio, torch.tensor([10240, 10240]))
    expected = block_moments(model.log_mel(audio), 4)
    torch.testing.assert_close(feats["block_moments"][:, 0], expected)
    assert feats["block_moments_lengths"].tolist() == [1, 1]
