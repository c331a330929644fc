"""Our AudioMAE as an encoder: features of the clip alone, marked, strict weights."""

import numpy as np
import pytest
import torch
import yaml

from espnet2.gen_audio.audiomae.build import build_audiomae
from espnet2.gen_audio.metrics.encoders.set_encoder import KINDS

CONFIG = {
    "geometry_conf": {"seconds": 2.56},
    "encoder_conf": {"width": 16, "layers": 3, "heads": 2},
    "decoder_conf": {"width": 16, "layers": 1, "heads": 2, "kind": "global"},
}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Return weights of a small AudioMAE with its config beside it."""
    folder = tmp_path_factory.mktemp("audiomae")
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    torch.manual_seed(0)
    torch.save(build_audiomae(CONFIG).state_dict(), folder / "valid.loss.best.pth")
    return folder / "valid.loss.best.pth"


@pytest.fixture(scope="module")
def wave():
    """Return a clip of 2.56 s within the level that clips are brought to."""
    wave = np.random.default_rng(0).normal(0, 0.1, 40960).astype(np.float32)
    wave -= wave.mean()
    return wave / np.abs(wave).max() / 2


def test_frames_are_the_patch_features_and_the_encoder_says_in_domain(path, wave):
    encoder = KINDS["audiomae"]("audiomae", path)
    assert encoder.in_domain
    model = build_audiomae(CONFIG)
    model.load_state_dict(torch.load(path, weights_only=True))
    expected = model.eval().patch_features(torch.from_numpy(wave)[None])[0]
    found = encoder.encode(wave, 16000)
    assert np.allclose(found.frames, expected.detach().numpy(), atol=1e-4)
    assert np.allclose(found.embedding, found.frames.mean(0), atol=1e-5)


def test_patches_behind_a_short_clip_do_not_count(path, wave):
    encoder = KINDS["audiomae"]("audiomae", path)
    whole, half = (encoder.encode(wave[:n], 16000).frames for n in (40960, 20480))
    assert len(half) * 2 == len(whole)


def test_other_weights_and_a_missing_config_are_refused_in_one_line(path, tmp_path):
    torch.save({"a": torch.ones(1)}, tmp_path / "w.pth")
    with pytest.raises(ValueError, match="w.pth: give a file of weights with config.y"):
        KINDS["audiomae"]("audiomae", tmp_path / "w.pth")
    (tmp_path / "config.yaml").write_text((path.parent / "config.yaml").read_text())
    with pytest.raises(ValueError, match="w.pth has other weights: it lacks mae"):
        KINDS["audiomae"]("audiomae", tmp_path / "w.pth")
