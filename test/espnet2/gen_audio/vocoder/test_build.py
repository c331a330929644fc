"""Shipped configs of the vocoder build, at their sizes."""

from pathlib import Path

import pytest
import torch
import yaml

from espnet2.gen_audio.vocoder.build import build_vocoder
from espnet2.gen_audio.vocoder.loss import VocoderLossWeights

CONF = Path(__file__).resolve().parents[4] / "egs2" / "audioldm2" / "conf"


def build(folder):
    config = yaml.safe_load((CONF / folder / "train_vocoder.yaml").read_text())
    geometry = yaml.safe_load((CONF / folder / "geometry.yaml").read_text())
    with torch.device("meta"):
        return build_vocoder({**config, "geometry_conf": geometry})


def test_the_published_config_is_the_published_vocoder():
    model = build(".")
    folded = sum(w.numel() for w in model.vocoder.folded_state().values())
    assert folded - 2 * 64 == 55_264_897  # without the two constants of 64 bands
    assert model.weights == VocoderLossWeights()
    # multi-period 41.1 M and multi-scale 29.6 M, as in HiFi-GAN
    parameters = sum(p.numel() for p in model.discriminator.parameters())
    assert parameters == pytest.approx(70.7e6, rel=1e-2)


def test_the_config_of_the_default_corpus_builds():
    model = build("mini")
    assert sum(p.numel() for p in model.vocoder.parameters()) < 1_000_000


@pytest.mark.filterwarnings("error")
def test_users_read_no_warning_of_a_library():
    build("mini")


def test_an_unknown_key_is_refused_by_name():
    with pytest.raises(ValueError, match="depth"):
        build_vocoder({"vocoder_conf": {"depth": 3}})
