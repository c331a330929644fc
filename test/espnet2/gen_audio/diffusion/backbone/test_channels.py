"""Conditions beside the latent: each position in its place, whatever the batch."""

import pytest
import torch

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.condition.spec import ConditionSpec, Role
from espnet2.gen_audio.diffusion.backbone.channels import ConditionChannels
from espnet2.gen_audio.feats.clip import ClipGeometry

GEOMETRY = ClipGeometry(seconds=2.56, downsample=8)  # 16 x 8 patches, latent 32 x 8


def channels(number=3, geometry=GEOMETRY, patch_grid=True):
    torch.manual_seed(0)
    spec = ConditionSpec(
        "melody", 5, (Role.CHANNELS,), patch_grid=patch_grid, channels=number
    )
    net = ConditionChannels(geometry, spec)
    return lambda states, frames: net(_condition(states), frames)


def _condition(states):
    given = isinstance(states, Condition)
    return states if given else Condition.from_lengths(states)


@pytest.mark.parametrize(("factor", "grid"), [(1, (16, 8)), (2, (8, 4)), (4, (4, 2))])
def test_a_token_reaches_the_cells_of_its_patches_and_no_others(factor, grid):
    net = channels()
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
    net, loa = channels(), torch.randn(2, 128, 5)
    assert torch.equal(net(loa, 12), net(loa, 32)[:, :, :12])


def test_the_published_geometry_fits():
    net = channels(2, ClipGeometry())
    assert net(torch.randn(1, 512, 5), 256).shape == (1, 2, 256, 16)
    assert net(torch.randn(1, 8, 5), 256).shape == (1, 2, 256, 16)


def test_a_number_of_tokens_that_no_factor_gives_is_refused():
    with pytest.raises(ValueError, match="100 tokens.*128 patches"):
        channels()(torch.zeros(1, 100, 5), 32)


def test_a_latent_longer_than_a_clip_is_refused():
    with pytest.raises(ValueError, match="40 frames.*32"):
        channels()(torch.zeros(1, 128, 5), 40)


def test_positions_in_time_fill_their_part_of_the_clip_at_every_frequency():
    net = channels(patch_grid=False)
    states = torch.zeros(1, 8, 5)  # 8 positions over 32 frames
    base = net(states, 32)
    states[0, 2] = 1.0
    changed = (net(states, 32) != base).any(dim=1)[0]
    expected = torch.zeros(32, 8, dtype=torch.bool)
    expected[8:12] = True
    assert torch.equal(changed, expected)


def test_a_clip_of_fewer_positions_than_its_batch_mates_covers_its_clip_alike():
    net, short = channels(patch_grid=False), torch.randn(1, 4, 5)
    padded = torch.cat([short, torch.full((1, 12, 5), 7.0)], dim=1)
    both = torch.cat([padded, torch.randn(1, 16, 5)])
    together = net(Condition.from_lengths(both, torch.tensor([4, 16])), 32)
    torch.testing.assert_close(together[:1], net(short, 32), rtol=0, atol=1e-6)
