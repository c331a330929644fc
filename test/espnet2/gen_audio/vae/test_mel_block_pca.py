"""Principal components of mel blocks, against numpy's singular values."""

import numpy as np
import pytest
import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vae.mel_block_pca import (
    LinearPath,
    block_moments,
    mel_blocks,
    read_moments,
)

GEOMETRY = ClipGeometry(seconds=0.64, n_mels=16, downsample=4, latent_channels=3)


def mels(count=6):
    generator = torch.Generator().manual_seed(0)
    smooth = torch.randn(count, 64, 16, generator=generator).cumsum(dim=1)
    return smooth + 0.1 * torch.randn(count, 64, 16, generator=generator)


def fitted(mel, **options):
    path = LinearPath(GEOMETRY, **options)
    path.fit(block_moments(mel, 4).double().mean(dim=0))
    return path


def test_a_block_is_a_square_of_neighbouring_frames_and_bands():
    mel = torch.arange(64 * 16.0).view(1, 64, 16)
    blocks = mel_blocks(mel, 4)
    assert blocks.shape == (1, 16, 4, 16)
    assert torch.equal(blocks[0, 2, 1].view(4, 4), mel[0, 8:12, 4:8])


def test_reconstruction_is_that_of_the_first_singular_vectors():
    mel = mels()
    path = fitted(mel)
    rebuilt = path.decode(path.encode(mel))
    blocks = mel_blocks(mel, 4).flatten(0, 2).double().numpy()
    centred = blocks - blocks.mean(axis=0)
    _, _, rows = np.linalg.svd(centred, full_matrices=False)
    expected = centred @ rows[:3].T @ rows[:3] + blocks.mean(axis=0)
    found = mel_blocks(rebuilt, 4).flatten(0, 2).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-3)


@pytest.mark.parametrize("whitening", [0.0, 0.5, 1.0])
def test_whitening_divides_components_and_leaves_the_reconstruction(whitening):
    mel = mels()
    plain, path = fitted(mel), fitted(mel, whitening=whitening)
    latent = path.encode(mel)
    torch.testing.assert_close(
        path.decode(latent), plain.decode(plain.encode(mel)), rtol=0, atol=1e-3
    )
    of_plain = plain.encode(mel).transpose(0, 1).flatten(1).std(dim=1)
    std = latent.transpose(0, 1).flatten(1).std(dim=1)
    torch.testing.assert_close(std, of_plain ** (1 - whitening), rtol=2e-2, atol=1e-3)
    assert latent.shape == (6, *GEOMETRY.latent_shape)


def test_fewer_components_leave_the_other_channels_at_zero():
    mel = mels()
    path, all_three = fitted(mel, components=2), fitted(mel)
    latent = path.encode(mel)
    assert latent.shape == (6, *GEOMETRY.latent_shape) and not latent[:, 2].any()
    torch.testing.assert_close(latent[:, :2], all_three.encode(mel)[:, :2])
    cut = all_three.encode(mel)
    cut[:, 2] = 0.0
    torch.testing.assert_close(path.decode(latent), all_three.decode(cut))
    noisy = latent + torch.tensor([0.0, 0.0, 1.0]).view(3, 1, 1)
    torch.testing.assert_close(path.decode(noisy), path.decode(latent))


@pytest.mark.parametrize("components", [0, 4])
def test_a_number_of_components_that_the_latent_does_not_have_is_refused(components):
    with pytest.raises(ValueError, match=f"components {components} must be from 1 to"):
        LinearPath(GEOMETRY, components=components)


def test_a_louder_clip_has_a_greater_first_component():
    mel = mels()
    path = fitted(mel)
    assert (path.encode(mel + 1.0)[:, 0] > path.encode(mel)[:, 0]).all()


def test_moments_come_from_the_statistics_of_espnet(tmp_path):
    moments = block_moments(mels(), 4)
    file = tmp_path / "block_moments_stats.npz"
    total = moments.sum(dim=0).numpy()
    np.savez(file, count=6, sum=total, sum_square=total**2)
    torch.testing.assert_close(
        read_moments(file).float(), moments.mean(dim=0), rtol=1e-5, atol=1e-5
    )
    np.savez(file, count=0, sum=total, sum_square=total)
    with pytest.raises(ValueError, match="contains no clips"):
        read_moments(file)


def test_silence_other_blocks_and_sizes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="silent or damaged"):
        fitted(torch.zeros(2, 64, 16))
    with pytest.raises(ValueError, match="20 moments do not belong to blocks of 16"):
        LinearPath(GEOMETRY).fit(torch.zeros(20))
    with pytest.raises(ValueError, match="whitening 2.0 must be from 0 to 1"):
        LinearPath(GEOMETRY, whitening=2.0)
    wide = ClipGeometry(seconds=0.64, n_mels=16, downsample=2, latent_channels=5)
    with pytest.raises(ValueError, match="latent_channels 5 are more than the 4"):
        LinearPath(wide)
