"""Vocoder names reach ours once, and weight norm folds to the kernel that it means."""

import net_shapes
import pytest
import torch

from espnet2.gen_audio.checkpoint.tables.renaming import rename
from espnet2.gen_audio.checkpoint.tables.vocoder import (
    TABLE,
    fold,
    folded,
    with_scaling,
)
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.vocoder.hifi_gan import HiFiGAN


def official():
    shapes = net_shapes.vocoder(64, 32)
    return {name: torch.randn(shape) for name, shape in shapes.items()}


def test_official_names_correspond_one_to_one_once_the_scaling_is_added():
    renamed = with_scaling(rename(official(), TABLE, "vocoder").state)
    ours = HiFiGAN(ClipGeometry(), upsample_initial_channel=32, weight_norm=False)
    expected = {f"vocoder.{n}": t.shape for n, t in ours.state_dict().items()}
    assert {n: t.shape for n, t in renamed.items()} == expected
    assert (renamed["vocoder.net.mean"] == 0).all()
    assert (renamed["vocoder.net.scale"] == 1).all()


def test_scaling_that_the_file_has_is_kept():
    given = official() | {"mean": torch.full((64,), 2.0)}
    state = with_scaling(rename(given, TABLE, "vocoder").state)
    assert (state["vocoder.net.mean"] == 2).all()


def test_folding_gives_what_torch_computes():
    layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Conv1d(3, 4, 5))
    with torch.no_grad():
        layer.parametrizations.weight.original0.mul_(1.7)
    parts = layer.parametrizations.weight
    got = fold(parts.original0, parts.original1)
    torch.testing.assert_close(got, layer.weight, rtol=1e-6, atol=0)


def test_a_folded_state_is_left_as_it_is():
    state = official()
    assert folded(state).keys() == state.keys()


@pytest.mark.parametrize("end", ["weight_g", "weight_v"])
def test_half_a_pair_is_refused_by_name(end):
    state = official()
    state[f"conv_pre.{end}"] = state.pop("conv_pre.weight")
    with pytest.raises(ValueError, match="conv_pre has only one of"):
        folded(state)
