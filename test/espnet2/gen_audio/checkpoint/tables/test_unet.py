"""Every official U-Net name has one rule, and every name of ours is reached once."""

import net_shapes
import pytest
import torch

from espnet2.gen_audio.checkpoint.assembly.sizes import unet_conf
from espnet2.gen_audio.checkpoint.tables.renaming import matching, rename
from espnet2.gen_audio.checkpoint.tables.unet import (
    averaged,
    blocks_a_level,
    transformers_a_position,
    unet_table,
)
from espnet2.gen_audio.diffusion.build import build_backbone

LAYOUTS = {
    "full": ((None, 24, 40), 1, None),
    "large": ((None, 24, 40, None), 2, None),
    "speech": ((None, 24), 1, None),
    "film": ((None, None), 1, 12),
}


def official(layout):
    contexts, depth, film = LAYOUTS[layout]
    shapes = net_shapes.unet(contexts, depth, (32, 32, 64, 96), 4, film)
    return {name: torch.empty(shape) for name, shape in shapes.items()}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_names_of_both_networks_correspond_one_to_one(layout):
    state = official(layout)
    table = unet_table(state)
    assert all(len(matching(name, table)) == 1 for name in state)
    net = rename(state, table, "U-Net")
    renamed, left_out = net.state, net.notes
    ours = build_backbone({"unet_conf": unet_conf(renamed, True)})
    expected = {f"unet.{n}": t.shape for n, t in ours.state_dict().items()}
    assert {n: t.shape for n, t in renamed.items()} == expected
    assert len(renamed) == len(state) and left_out == []


def test_layers_written_down_by_hand_go_where_they_belong():
    state = official("full")
    table = unet_table(state)
    for name, ours in {
        "input_blocks.0.0.weight": "conv_in.weight",
        "input_blocks.3.0.op.bias": "down_blocks.0.downsamplers.0.conv.bias",
        "input_blocks.4.0.in_layers.2.weight": "down_blocks.1.resnets.0.conv1.weight",
        "input_blocks.5.2.norm.weight": "down_blocks.1.attentions.4.norm.weight",
        "middle_block.4.out_layers.3.bias": "mid_block.resnets.1.conv2.bias",
        "middle_block.3.proj_out.bias": "mid_block.attentions.2.proj_out.bias",
        "output_blocks.0.0.skip_connection.bias": (
            "up_blocks.0.resnets.0.conv_shortcut.bias"
        ),
        "output_blocks.2.4.conv.weight": "up_blocks.0.upsamplers.0.conv.weight",
        "out.2.weight": "conv_out.weight",
    }.items():
        ((rule, match),) = matching(name, table)
        assert rule.apply(match) == f"unet.net.{ours}"


def test_numbers_of_blocks_and_transformers_are_read_from_names():
    assert blocks_a_level(official("full")) == 2
    assert transformers_a_position(official("large")) == 4


@pytest.mark.parametrize(
    "kept, message", [("middle", "only one level"), ("input", "middle block")]
)
def test_what_is_no_u_net_is_refused(kept, message):
    state = {n: t for n, t in official("full").items() if n.startswith(kept)}
    with pytest.raises(ValueError, match=message):
        unet_table(state)


def test_an_average_without_its_raw_weight_or_the_other_way_is_refused():
    raw = {"a.b": torch.ones(1), "c": torch.ones(1)}
    average = {"diffusion_modelab": torch.zeros(1), "diffusion_modelc": torch.zeros(1)}
    found = averaged(average | {"decay": torch.ones(1)}, raw)
    assert found["a.b"] == 0 and set(found) == set(raw)
    with pytest.raises(ValueError, match="file: model_ema.diffusion_modelx has no raw"):
        averaged(average | {"diffusion_modelx": torch.zeros(1)}, raw, "file")
    with pytest.raises(ValueError, match="have one name in the moving average"):
        averaged(average, raw | {"ab": torch.ones(1)})
