"""Mixing channels: the mean, one of them, and channels that cancel."""

import numpy as np
import pytest

from espnet2.gen_audio.feats.mono import MonoMixer
from espnet2.gen_audio.feats.sound_limits import UnusableSound

NOISE = np.random.default_rng(0).standard_normal((1000, 3)).astype(np.float32)


def mixed(sound, channel=None, size=300):
    mixer = MonoMixer(channel)
    blocks = [sound[n : n + size] for n in range(0, len(sound), size)]
    wave = np.concatenate([mixer.mix(block) for block in blocks])
    mixer.refuse_cancelled()
    return wave


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_blocks_give_the_mean_of_the_whole_to_the_bit(channels):
    sound = np.ascontiguousarray(NOISE[:, :channels])
    np.testing.assert_array_equal(mixed(sound), sound.mean(axis=1))


def test_a_channel_can_be_named():
    np.testing.assert_array_equal(mixed(NOISE, channel=2), NOISE[:, 2])
    with pytest.raises(ValueError, match="has 3 channels; channel 3"):
        mixed(NOISE, channel=3)


def stereo(factor, offset=0.0):
    one = NOISE[:, :1]
    return np.hstack([one + offset, factor * one])


@pytest.mark.parametrize("factor, left", [(-1.0, "nothing"), (-0.99, "-46 dB")])
def test_a_channel_and_its_inverse_are_refused_and_not_called_silence(factor, left):
    with pytest.raises(UnusableSound, match=f"their mean keeps {left} of the loudest"):
        mixed(stereo(factor))


def test_an_offset_does_not_hide_that_channels_cancel():
    with pytest.raises(UnusableSound, match="cancel"):
        mixed(stereo(-1.0, offset=0.5))


@pytest.mark.parametrize("factor", [-0.95, -0.5, 0.0, 1.0])
def test_channels_that_leave_something_are_averaged(factor):
    sound = stereo(factor)
    np.testing.assert_array_equal(mixed(sound), sound.mean(axis=1))


def test_inverted_channels_are_usable_one_by_one_and_silence_is_not_their_fault():
    np.testing.assert_array_equal(mixed(stereo(-1.0), channel=0), NOISE[:, 0])
    assert not mixed(np.zeros((100, 2), np.float32)).any()
