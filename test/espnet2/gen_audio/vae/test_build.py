"""Shipped configs of the autoencoder build, at their sizes."""

from pathlib import Path

import pytest
import torch
import yaml

from espnet2.gen_audio.vae.build import build_vae

CONF = Path(__file__).resolve().parents[4] / "egs2" / "audioldm2" / "conf"
TINY = {"block_out_channels": [4, 8], "layers_per_block": 1, "norm_num_groups": 2}
GEO = {"seconds": 0.64, "n_mels": 16, "downsample": 2}


def build(folder):
    config = yaml.safe_load((CONF / folder / "train_vae.yaml").read_text())
    geometry = yaml.safe_load((CONF / folder / "geometry.yaml").read_text())
    with torch.device("meta"):
        return build_vae({**config, "geometry_conf": geometry})


def test_the_published_config_is_the_default():
    model = build(".")
    assert sum(p.numel() for p in model.vae.parameters()) == 55_376_873
    assert model.weights == build_vae({"vae_conf": TINY, "geometry_conf": GEO}).weights
    assert model.crop_frames is None


def test_the_config_of_the_default_corpus_builds():
    model = build("mini")
    assert sum(p.numel() for p in model.vae.parameters()) < 1_500_000


def test_what_espnet_reads_itself_is_no_argument_of_the_model():
    conf = {"extract_feats_in_collect_stats": False, "crop_frames": 16}
    config = {"vae_conf": TINY, "geometry_conf": GEO, "model_conf": conf}
    assert build_vae(config).crop_frames == 16
    assert conf["extract_feats_in_collect_stats"] is False  # the caller's stays


def test_an_unknown_key_is_refused_by_name():
    with pytest.raises(ValueError, match="depth"):
        build_vae({"vae_conf": {**TINY, "depth": 3}, "geometry_conf": GEO})
