"""AudioMAE names are the authors' own; what is not the encoder is left out and told."""

import encoder_shapes
import pytest
import torch

from espnet2.gen_audio.audiomae.encoder import AudioMAEEncoder
from espnet2.gen_audio.audiomae.positions import position_table
from espnet2.gen_audio.checkpoint.assembly.sizes import encoder_conf
from espnet2.gen_audio.checkpoint.tables.audiomae import TABLE
from espnet2.gen_audio.checkpoint.tables.renaming import rename
from espnet2.gen_audio.feats.clip import ClipGeometry


def official(geometry, width=64):
    shapes = encoder_shapes.audiomae(width, 3, geometry.num_patches)
    return {name: torch.randn(shape) for name, shape in shapes.items()}


def test_the_encoder_corresponds_one_to_one_and_the_decoder_is_left_out():
    geometry = ClipGeometry(seconds=0.64, fbank_bins=32)
    net = rename(official(geometry), TABLE, "AudioMAE")
    state, left_out = net.state, net.notes
    ours = AudioMAEEncoder(geometry, **encoder_conf(state)).state_dict()
    assert {n: t.shape for n, t in state.items()} == {
        f"mae.encoder.{n}": t.shape for n, t in ours.items()
    }
    assert len(left_out) == 1 and "encoder alone" in left_out[0]


@pytest.mark.parametrize("name", ["head.weight", "head_drop.bias"])
def test_a_classifier_is_left_out(name):
    assert rename({name: torch.ones(1)}, TABLE, "AudioMAE").state == {}


def test_the_position_table_is_the_files_and_not_one_made_anew():
    geometry = ClipGeometry(seconds=0.64, fbank_bins=32)
    given = official(geometry)
    state = rename(given, TABLE, "AudioMAE").state
    ours = AudioMAEEncoder(geometry, **encoder_conf(state))
    own = {n.removeprefix("mae.encoder."): t for n, t in state.items()}
    ours.load_state_dict(own)
    assert torch.equal(ours.pos_embed, given["pos_embed"])


def test_the_published_table_is_that_of_the_transposed_grid():
    published = position_table(768, (64, 8), "published")
    correct = position_table(768, (64, 8), "true")
    transposed = position_table(768, (8, 64), "true")
    assert not torch.allclose(published, correct, atol=1e-2)
    assert torch.equal(published, transposed)
