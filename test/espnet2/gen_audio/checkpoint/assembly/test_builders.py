"""Parts made of renamed tensors: complete configs and provenance."""

import torch

from espnet2.gen_audio.checkpoint.archive.provenance import provenance_of
from espnet2.gen_audio.checkpoint.assembly.builders import (
    audiomae_part,
    loa_factor,
    vocoder_part,
    with_stated,
)
from espnet2.gen_audio.feats.clip import ClipGeometry


def test_pooling_is_finest_for_speech():
    geometry = ClipGeometry()
    assert geometry.loa_tokens(loa_factor(phonemes=True)) == 512
    assert geometry.loa_tokens(loa_factor(phonemes=False)) == 8


def test_mean_and_scale_of_the_mel_bands_are_added_to_a_vocoder(official):
    names = {"ups": "upsampler"}
    state = {
        "vocoder.net." + ".".join(names.get(p, p) for p in name.split(".")): tensor
        for name, tensor in official.fill(official.vocoder(), 0).items()
    }
    geometry = ClipGeometry.from_dict(official.GEOMETRY)
    part = vocoder_part(state, geometry, provenance_of("vocoder", "x"))
    assert torch.equal(part.state["vocoder.net.mean"], torch.zeros(16))
    assert torch.equal(part.state["vocoder.net.scale"], torch.ones(16))


def audiomae_of(official, geometry):
    shapes = official.audiomae(patches=geometry.num_patches)
    state = {
        f"mae.encoder.{name}": tensor
        for name, tensor in official.fill(shapes, 0).items()
        if not name.startswith(("decoder_", "mask_token"))
    }
    return audiomae_part(state, geometry, provenance_of("audiomae", "x"))


def test_a_decoder_of_audiomae_is_chosen_that_fits_the_grid(official):
    """Windows of 4 x 4 patches fill the published grid, and not one of 4 x 2."""
    small = ClipGeometry.from_dict(official.GEOMETRY)
    assert audiomae_of(official, small).config["decoder_conf"]["kind"] == "global"
    assert "decoder_conf" not in audiomae_of(official, ClipGeometry()).config


def test_stated_values_replace_inferred_ones_and_leave_the_rest():
    config = {"lm_conf": {"heads": 1, "width": 64}, "absent_weights": []}
    stated = with_stated(config, {"lm_conf": {"heads": 4}, "model_conf": {"a": 1}})
    assert stated["lm_conf"] == {"heads": 4, "width": 64}
    assert stated["model_conf"] == {"a": 1} and stated["absent_weights"] == []
    assert with_stated(config, None) == config
