"""The decoder: both kinds predict every patch, and learn of hidden ones by others."""

import pytest
import torch

from espnet2.gen_audio.audiomae.decoder import AudioMAEDecoder
from espnet2.gen_audio.audiomae.masking import mask_of
from espnet2.gen_audio.audiomae.transformer import WindowBlock
from espnet2.gen_audio.feats.clip import ClipGeometry

GEOMETRY = ClipGeometry(seconds=1.28)  # 8 x 8 patches
SIZES = {"width": 16, "layers": 4, "heads": 2}


@pytest.mark.parametrize("kind", ["swin", "global"])
def test_every_patch_is_predicted_from_the_kept_ones(kind):
    decoder = AudioMAEDecoder(GEOMETRY, 12, kind=kind, **SIZES)
    mask = mask_of(torch.rand(2, 64), 0.75)
    features = torch.randn(2, 17, 12)
    patches = decoder(features, mask)
    assert patches.shape == (2, 64, 256)
    other = decoder(features + 1.0, mask)
    assert ((patches - other).abs().amax(dim=2) > 0).all()  # hidden ones as well


def test_the_class_token_reaches_the_global_decoder_only():
    mask = mask_of(torch.rand(1, 64), 0.75)
    features = torch.randn(1, 17, 12)
    changed = features.clone()
    changed[:, 0] += 1.0
    for kind, reached in (("swin", False), ("global", True)):
        decoder = AudioMAEDecoder(GEOMETRY, 12, kind=kind, **SIZES)
        moved = not torch.equal(decoder(features, mask), decoder(changed, mask))
        assert moved == reached, kind


def test_windows_alternate_between_two_places():
    decoder = AudioMAEDecoder(GEOMETRY, 12, **SIZES)
    assert all(isinstance(block, WindowBlock) for block in decoder.blocks)
    shifts = [block.shift for block in decoder.blocks]
    assert shifts == [(0, 0), (2, 0), (0, 0), (2, 0)]


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="swin or global"):
        AudioMAEDecoder(GEOMETRY, 12, kind="local", **SIZES)


def test_a_clip_that_windows_do_not_fill_is_refused():
    with pytest.raises(ValueError, match="global"):
        AudioMAEDecoder(ClipGeometry(seconds=0.96), 12, **SIZES)
