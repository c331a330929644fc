"""An autoencoder that starts as principal components and learns from there."""

import pytest
import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vae.build import build_vae
from espnet2.gen_audio.vae.linear_autoencoder import LinearMelVAE
from espnet2.gen_audio.vae.linear_path import LinearPath, block_moments

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


def started():
    torch.manual_seed(0)
    vae = LinearMelVAE(GEOMETRY, **CONFIG["vae_conf"]).eval()
    vae.start_from(moments())
    return vae


def test_the_first_reconstruction_is_the_linear_one():
    vae, mel = started(), mels()
    path = LinearPath(GEOMETRY)
    path.fit(moments())
    mean, log_variance = vae.encode(mel)
    assert mean.shape == log_variance.shape == (6, *GEOMETRY.latent_shape)
    assert (log_variance == -6.0).all()
    torch.testing.assert_close(
        vae.decode(mean), path.decode(path.encode(mel)), rtol=0, atol=1e-4
    )


def test_training_improves_on_the_linear_path():
    vae, mel = started(), mels()
    optimiser = torch.optim.Adam(vae.parameters(), lr=3e-3)
    losses = []
    for _ in range(40):
        loss = (vae.decode(vae.encode(mel)[0]) - mel).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.95 * losses[0]


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
