"""LOA over the latent: each token in its place, for every factor and length."""

import pytest
import torch

from espnet2.gen_audio.diffusion.backbone.channels import LOAOverlay
from espnet2.gen_audio.feats.clip import ClipGeometry

GEOMETRY = ClipGeometry(seconds=2.56, downsample=8)  # 16 x 8 patches, latent 32 x 8


def overlay(width=3):
    torch.manual_seed(0)
    return LOAOverlay(GEOMETRY, 5, width)


@pytest.mark.parametrize(("factor", "grid"), [(1, (16, 8)), (2, (8, 4)), (4, (4, 2))])
def test_a_token_reaches_the_cells_of_its_patches_and_no_others(factor, grid):
    net = overlay()
    loa = torch.zeros(1, grid[0] * grid[1], 5)
    base = net(loa, 32)
    time, freq = 1, grid[1] - 1
    loa[0, time * grid[1] + freq] = 1.0
    changed = (net(loa, 32) != base).any(dim=1)[0]
    expected = torch.zeros(32, 8, dtype=torch.bool)
    high, wide = 32 // grid[0], 8 // grid[1]
    expected[time * high : (time + 1) * high, freq * wide : (freq + 1) * wide] = True
    assert torch.equal(changed, expected)


def test_a_shorter_sound_is_the_beginning_of_a_clip():
    net, loa = overlay(), torch.randn(2, 128, 5)
    assert torch.equal(net(loa, 12), net(loa, 32)[:, :, :12])


def test_the_published_geometry_fits():
    net = LOAOverlay(ClipGeometry(), 5, 2)
    assert net(torch.randn(1, 512, 5), 256).shape == (1, 2, 256, 16)
    assert net(torch.randn(1, 8, 5), 256).shape == (1, 2, 256, 16)


def test_a_number_of_tokens_that_no_factor_gives_is_refused():
    with pytest.raises(ValueError, match="100 tokens.*128 patches"):
        overlay()(torch.zeros(1, 100, 5), 32)


def test_a_latent_longer_than_a_clip_is_refused():
    with pytest.raises(ValueError, match="40 frames.*32"):
        overlay()(torch.zeros(1, 128, 5), 40)
