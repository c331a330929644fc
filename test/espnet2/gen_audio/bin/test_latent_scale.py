"""The latent scale: against numpy, whatever the order, and what it refuses."""

import numpy as np
import pytest
import torch

from espnet2.gen_audio.bin.latent_scale import main, measure_scale
from espnet2.gen_audio.compat import MatrixWriter

CHANNELS, BINS, FRAMES = 3, 4, 50


@pytest.fixture
def posteriors():
    rng = np.random.default_rng(0)
    mean = rng.normal(1.0, 2.0, size=(20, FRAMES, CHANNELS * BINS))
    log_variance = np.full_like(mean, np.log(0.25))
    frames = np.concatenate([mean, log_variance], axis=2).astype(np.float32)
    return {f"clip{n}": matrix for n, matrix in enumerate(frames)}


def scale_of(folder, posteriors, *options):
    with MatrixWriter(folder / "latent.ark", folder / "latent.scp") as writer:
        for name, matrix in posteriors.items():
            writer[name] = matrix
    words = ["--latent_scp", f"{folder}/latent.scp", "--output", f"{folder}/scale"]
    main([*words, *options])
    return float((folder / "scale").read_text())


def test_means_spread_and_deviations_add_up(tmp_path, posteriors):
    # variance 4 of the means and 0.25 of each posterior
    assert scale_of(tmp_path, posteriors) == pytest.approx(4.25**-0.5, rel=0.01)


def test_the_number_does_not_depend_on_the_order_of_clips(tmp_path, posteriors):
    forward = scale_of(tmp_path, posteriors)
    backward = scale_of(tmp_path, dict(reversed(posteriors.items())))
    assert forward == pytest.approx(backward, rel=1e-8)
    assert scale_of(tmp_path, posteriors, "--seed", "1") != forward


def test_scaled_samples_have_deviation_one():
    samples = [torch.randn(1000) * 3 + 100 for _ in range(5)]
    scale = measure_scale(iter(samples))
    scaled = scale * torch.cat(samples).double()
    assert scaled.std().item() == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize(
    "samples", [[], [torch.ones(5)], [torch.tensor([1.0, float("nan")])]]
)
def test_samples_without_a_finite_spread_are_refused(samples):
    with pytest.raises(ValueError, match="variance"):
        measure_scale(samples)
