"""Vocoder losses: summed over discriminators and layers as published."""

import pytest
import torch

from espnet2.gen_audio.vocoder.loss import AdversarialLosses, VocoderLossWeights

REAL = [[torch.full((1, 2), 3.0), torch.full((1, 4), 0.5)], [torch.full((1, 3), 1.0)]]
FAKE = [[torch.full((1, 2), 1.0), torch.full((1, 4), 0.0)], [torch.full((1, 3), 2.0)]]


def test_the_generator_wants_scores_of_one_from_every_discriminator():
    # last maps are scores: (0 - 1)^2 + (2 - 1)^2
    assert AdversarialLosses().generator(FAKE).item() == pytest.approx(2.0)


def test_the_discriminators_want_one_for_recordings_and_zero_for_the_rest():
    real, fake = AdversarialLosses().discriminator(FAKE, REAL)
    assert real.item() == pytest.approx(0.25 + 0.0)
    assert fake.item() == pytest.approx(0.0 + 4.0)


def test_feature_matching_sums_all_layers_scores_included():
    assert AdversarialLosses().features(FAKE, REAL).item() == pytest.approx(2 + 0.5 + 1)


def test_the_default_weights_are_the_published_ones():
    weights = VocoderLossWeights()
    assert (weights.mel_weight, weights.feature_weight) == (45.0, 2.0)
    assert (weights.adversarial_weight, weights.stft_weight) == (1.0, 0.0)


def test_negative_weights_are_refused():
    with pytest.raises(ValueError, match="mel_weight is -1.0"):
        VocoderLossWeights(mel_weight=-1.0)
