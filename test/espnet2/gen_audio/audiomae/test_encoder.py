"""The encoder: names, sizes, what the features average, what it refuses."""

import pytest
import torch

from espnet2.gen_audio.audiomae.encoder import AudioMAEEncoder
from espnet2.gen_audio.audiomae.masking import mask_of
from espnet2.gen_audio.feats.clip import ClipGeometry

GEOMETRY = ClipGeometry(seconds=0.64)  # 4 x 8 patches
SIZES = {"width": 16, "layers": 4, "heads": 2}


@pytest.fixture(scope="module")
def encoder():
    torch.manual_seed(0)
    return AudioMAEEncoder(GEOMETRY, **SIZES).eval()


def test_weights_carry_the_published_names(encoder):
    outer = {name.split(".")[0] for name in encoder.state_dict()}
    assert outer == {"patch_embed", "cls_token", "pos_embed", "blocks", "norm"}
    inner = {n.split(".", 2)[2] for n in encoder.state_dict() if n.startswith("blocks")}
    modules = "norm1 attn.qkv attn.proj norm2 mlp.fc1 mlp.fc2".split()
    assert inner == {f"{m}.{kind}" for m in modules for kind in ("weight", "bias")}


def test_the_published_size_has_the_weights_of_vit_b_16():
    with torch.device("meta"):
        large = AudioMAEEncoder(ClipGeometry())
    shapes = {name: tuple(w.shape) for name, w in large.state_dict().items()}
    assert shapes["patch_embed.proj.weight"] == (768, 1, 16, 16)
    assert shapes["pos_embed"] == (1, 513, 768)
    trained = sum(w.numel() for w in large.parameters() if w.requires_grad)
    block = 4 * 768 * 768 + 4 * 768 + 8 * 768 * 768 + 5 * 768 + 4 * 768
    assert trained == 12 * block + 256 * 768 + 768 + 768 + 2 * 768 == 85_254_144


def test_the_position_table_is_stored_but_not_trained(encoder):
    assert "pos_embed" in encoder.state_dict()
    assert not encoder.pos_embed.requires_grad


def test_features_are_the_mean_of_the_last_blocks_each_normed(encoder):
    fbank = torch.randn(2, 64, 128)
    outputs = []
    hooks = [
        block.register_forward_hook(lambda _m, _i, out: outputs.append(out))
        for block in encoder.blocks
    ]
    features = encoder.patch_features(fbank)
    for hook in hooks:
        hook.remove()
    expected = sum(encoder.norm(out) for out in outputs[1:]) / 3
    torch.testing.assert_close(features, expected[:, 1:])


def test_a_mask_that_keeps_the_order_gives_the_kept_tokens_alone(encoder):
    fbank = torch.randn(2, 64, 128)
    mask = mask_of(torch.rand(2, 32), 0.5)
    changed = fbank.clone()
    hidden = mask.hidden[0].nonzero()[0].item()
    time, freq = divmod(hidden, 8)
    changed[0, 16 * time : 16 * time + 16, 16 * freq : 16 * freq + 16] += 3
    kept = encoder(fbank, mask)
    assert kept.shape == (2, 17, 16)
    assert torch.equal(encoder(changed, mask), kept)  # hidden means unseen
    assert not torch.allclose(encoder(changed), encoder(fbank))


def test_batch_mates_do_not_change_the_features(encoder):
    fbank = torch.randn(3, 64, 128)
    together = encoder.patch_features(fbank)
    alone = encoder.patch_features(fbank[1:2])
    torch.testing.assert_close(together[1:2], alone, rtol=1e-5, atol=1e-5)


def test_a_clip_of_another_length_is_refused(encoder):
    with pytest.raises(ValueError, match="geometry"):
        encoder(torch.zeros(1, 128, 128))


def test_more_feature_layers_than_layers_are_refused():
    with pytest.raises(ValueError, match="at least as many layers"):
        AudioMAEEncoder(GEOMETRY, width=16, layers=2, heads=2)
