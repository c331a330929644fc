"""The parts of both arms: they do the same work."""

import pytest
import torch

from espnet2.gen_audio.bench.models import prepare
from espnet2.gen_audio.bench.parts import PARTS, open_pair
from espnet2.gen_audio.bench.timing import difference_of


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return prepare(tmp_path_factory.mktemp("bench"), "tiny")


@torch.inference_mode()
@pytest.mark.parametrize("batch, tokens", [(1, 1), (2, 3)])
def test_every_part_gives_the_same_numbers_in_both_arms(folders, batch, tokens):
    pair = open_pair(folders, batch, tokens, "float32", "float32", "cpu")
    for name, part in PARTS.items():
        ours, peer = part(pair)
        mine, wanted = ours(), peer()
        assert mine.shape == wanted.shape, name
        assert wanted.abs().max() > 1e-3, name
        assert difference_of(mine, wanted) < 1e-4, name


@torch.inference_mode()
def test_half_precision_stays_near(folders):
    pair = open_pair(folders, 1, 1, "bfloat16", "float32", "cpu")
    ours, peer = PARTS["unet"](pair)
    assert pair.ours.dtype == torch.bfloat16
    assert 0 < difference_of(ours(), peer()) < 0.1
