"""Random models: the same weights for both, made once."""

import torch

from espnet2.gen_audio.bench.models import SIZES, prepare
from espnet2.gen_audio.checkpoint.system import read_system


def test_both_folders_hold_the_same_weights_and_are_made_once(tmp_path):
    peer, ours = prepare(tmp_path, "tiny")
    stamp = (ours / "system.yaml").stat().st_mtime_ns
    assert prepare(tmp_path, "tiny") == (peer, ours)
    assert (ours / "system.yaml").stat().st_mtime_ns == stamp
    from diffusers import AudioLDM2UNet2DConditionModel

    unet = AudioLDM2UNet2DConditionModel.from_pretrained(peer / "unet").state_dict()
    own = read_system(ours).parts["ldm"].state
    for name, weight in unet.items():
        assert torch.equal(own[f"unet.net.{name}"], weight)
    assert not (tmp_path / ".tiny_diffusers").exists()


def test_the_full_size_is_the_published_one():
    size = SIZES["full"]
    assert size.unet == (128, 256, 384, 640) and size.loa == 768
    assert size.geometry.latent_shape == (8, 256, 16)
