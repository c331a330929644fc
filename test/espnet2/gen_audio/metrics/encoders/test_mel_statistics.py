"""Mel statistics: one length for all clips, and what each part measures."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.encoders.mel_statistics import (
    ENVELOPE,
    mel_statistics,
    statistics_size,
)


def test_clips_of_any_length_give_vectors_of_one_length():
    rng = np.random.default_rng(0)
    for frames in (16, 100, 257):
        vector = mel_statistics(rng.normal(size=(frames, 6)))
        assert vector.shape == (statistics_size(6),)


def test_a_steady_sound_has_no_standard_deviation_and_no_change():
    vector = mel_statistics(np.tile([1.0, -2.0], (32, 1)))
    np.testing.assert_allclose(vector[:2], [1.0, -2.0])
    np.testing.assert_allclose(vector[2:6], 0.0)
    assert vector[-1] == 1.0  # all frames are active


def test_reversal_in_time_only_changes_the_envelope():
    mel = np.cumsum(np.random.default_rng(1).normal(size=(64, 4)), axis=0)
    forward, backward = mel_statistics(mel), mel_statistics(mel[::-1])
    np.testing.assert_allclose(forward[:12], backward[:12])
    np.testing.assert_allclose(forward[12:-1], backward[12:-1][::-1])
    assert not np.allclose(forward, backward)


def test_a_short_sound_is_active_for_its_fraction_of_the_clip():
    mel = np.full((64, 4), -11.5)
    mel[:16] = 0.0
    vector = mel_statistics(mel)
    assert vector[-1] == 0.25
    np.testing.assert_allclose(vector[12 : 12 + ENVELOPE // 4], 0.0)


def test_too_few_frames_and_nan_are_refused():
    for mel in (np.zeros((15, 4)), np.full((32, 4), np.nan)):
        with pytest.raises(ValueError, match="log-mel of shape"):
            mel_statistics(mel)
