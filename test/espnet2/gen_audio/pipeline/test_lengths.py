"""Seconds to frames: exact samples, whole windows, and what is refused."""

import pytest

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.pipeline.lengths import Frames, frames_of, samples_of

PUBLISHED = ClipGeometry()


def test_a_clip_is_one_window_of_the_published_frames():
    assert frames_of(PUBLISHED.samples, PUBLISHED, 8) == Frames(256, 256, (0,))


@pytest.mark.parametrize("seconds, frames", [(0.32, 8), (0.33, 16), (5.0, 128)])
def test_short_sounds_are_rounded_up_to_what_the_network_halves(seconds, frames):
    samples = samples_of(seconds, PUBLISHED)
    assert samples == round(seconds * 16000)
    assert frames_of(samples, PUBLISHED, 8).count == frames


@pytest.mark.parametrize("seconds", [10.3, 15.0, 60.0, 180.0])
def test_long_sounds_are_covered_by_overlapping_windows(seconds):
    samples = samples_of(seconds, PUBLISHED)
    frames = frames_of(samples, PUBLISHED, 8)
    assert frames.window == 256 and frames.count * 640 >= samples
    assert frames.starts[-1] + 256 == frames.count
    assert all(b - a <= 192 for a, b in zip(frames.starts, frames.starts[1:]))


def test_with_a_hop_every_window_lies_on_it():
    frames = frames_of(samples_of(23.0, PUBLISHED), PUBLISHED, 8, hop=128)
    assert {b - a for a, b in zip(frames.starts, frames.starts[1:])} == {128}
    assert frames.count * 640 >= 23 * 16000


@pytest.mark.parametrize("seconds", [-1.0, 0.0, 0.1, float("nan"), float("inf")])
def test_lengths_that_are_none_are_refused(seconds):
    with pytest.raises(ValueError, match="0.32 s is the shortest"):
        samples_of(seconds, PUBLISHED)
