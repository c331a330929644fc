"""Mel distance: its unit, its pairs, and what it refuses."""

import pytest
import torch

from espnet2.gen_audio.metrics.functional.mel_distance import mel_distance


def test_ten_times_the_magnitude_is_20_decibels():
    mel = torch.randn(2, 16, 8)
    result = mel_distance(mel + torch.log(torch.tensor(10.0)), mel)
    torch.testing.assert_close(result.l1.float(), torch.full((2,), 20.0))
    torch.testing.assert_close(result.l2.float(), torch.full((2,), 20.0))


def test_pairs_do_not_mix():
    original = torch.zeros(2, 4, 4)
    mel = torch.stack([torch.zeros(4, 4), torch.ones(4, 4)])
    result = mel_distance(mel, original)
    assert result.l1[0] == 0 and result.l1[1] > 0


def test_l2_weighs_large_errors_more():
    mel = torch.zeros(1, 4, 4)
    mel[0, 0, 0] = 4.0
    result = mel_distance(mel, torch.zeros(1, 4, 4))
    assert result.l2[0] == pytest.approx(4 * float(result.l1[0]))


def test_other_lengths_and_nan_are_refused():
    with pytest.raises(ValueError, match="not pairs"):
        mel_distance(torch.zeros(1, 4, 4), torch.zeros(1, 5, 4))
    with pytest.raises(ValueError, match="NaN"):
        mel_distance(torch.full((1, 4, 4), float("nan")), torch.zeros(1, 4, 4))
