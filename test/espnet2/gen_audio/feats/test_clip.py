"""The geometry of a clip: the published numbers, and what it refuses."""

import pytest

from espnet2.gen_audio.feats.clip import ClipGeometry


def test_the_published_geometry_has_the_published_sizes():
    geometry = ClipGeometry()
    assert geometry.samples == 163840
    assert geometry.mel_frames == 1024
    assert geometry.latent_shape == (8, 256, 16)
    assert (geometry.time_patches, geometry.freq_patches) == (64, 8)
    assert geometry.num_patches == 512
    assert geometry.fbank_frames == 1024


@pytest.mark.parametrize(
    "factor, cells, tokens",
    [(1, (1, 1), 512), (2, (2, 2), 128), (4, (4, 4), 32), (8, (8, 8), 8)]
    + [(16, (16, 8), 4), (64, (64, 8), 1), (1000, (64, 8), 1)],
)
def test_pooling_cells_are_square_until_frequency_runs_out(factor, cells, tokens):
    assert ClipGeometry().pool_factors(factor) == cells
    assert ClipGeometry().loa_tokens(factor) == tokens


def test_a_factor_that_leaves_a_remainder_is_refused_with_those_that_fit():
    with pytest.raises(ValueError, match=r"these fit: 1, 2, 4, 8, 16, 32, 64$"):
        ClipGeometry().pool_factors(3)


def test_the_48_khz_variant_is_another_value_and_has_the_same_latent():
    variant = ClipGeometry(
        sample_rate=48000, hop=480, n_fft=2048, n_mels=256, mel_low=20, mel_high=24000
    )
    assert variant.samples == 491520
    assert variant.mel_frames == 1024


def test_a_dictionary_makes_the_same_geometry_again():
    geometry = ClipGeometry(seconds=2.56, downsample=8)
    assert ClipGeometry.from_dict(geometry.to_dict()) == geometry


@pytest.mark.parametrize(
    "values, message",
    [
        ({"second": 10}, "unknown geometry key second; accepted: seconds"),
        ({"seconds": 10.0}, "multiple of patch 16; use 992 or 1008"),
        ({"seconds": 10.245}, "use 10.24 or 10.25"),
        ({"seconds": "10.24"}, "seconds must be a number"),
        ({"hop": 160.0}, "hop must be a whole number"),
        ({"seconds": float("nan")}, "seconds must be at most 1e.09, not nan"),
        ({"seconds": 1e300}, "seconds must be at most 1e.09, not 1e.300"),
        ({"sample_rate": 10**400}, "sample_rate must be at most 1e.09"),
        ({"n_mels": 66}, "n_mels 66 must be a multiple of downsample 4; use 64 or 68"),
        ({"mel_high": 9000.0}, "within 0 and 8000 Hz"),
        ({"n_fft": 1023}, "plus an even number"),
        ({"latent_channels": 0}, "above zero"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(values, message):
    with pytest.raises(ValueError, match=message):
        ClipGeometry.from_dict(values)
