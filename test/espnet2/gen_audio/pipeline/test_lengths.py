"""Seconds to samples, frames, windows and LOA tokens, and what is refused."""

import pytest

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.pipeline.lengths import (
    Frames,
    frames_of,
    loa_grid,
    samples_of,
    tokens_outside,
)
from espnet2.gen_audio.pipeline.specification import SystemSpecification

PUBLISHED = ClipGeometry()
SPECIFICATION = SystemSpecification(PUBLISHED, 8, 8, False, 1.0)


def test_a_clip_is_one_window_of_the_published_frames():
    assert frames_of(PUBLISHED.samples, SPECIFICATION) == Frames(256, 256, (0,))


@pytest.mark.parametrize("seconds, frames", [(0.32, 8), (0.33, 16), (5.0, 128)])
def test_short_sounds_are_rounded_up_to_what_the_network_halves(seconds, frames):
    samples = samples_of(seconds, PUBLISHED)
    assert samples == round(seconds * 16000)
    assert frames_of(samples, SPECIFICATION).count == frames


@pytest.mark.parametrize("seconds", [10.3, 15.0, 60.0, 180.0])
def test_long_sounds_are_covered_by_overlapping_windows(seconds):
    samples = samples_of(seconds, PUBLISHED)
    frames = frames_of(samples, SPECIFICATION)
    assert frames.window == 256 and frames.count * 640 >= samples
    assert frames.starts[-1] + 256 == frames.count
    assert all(b - a <= 192 for a, b in zip(frames.starts, frames.starts[1:]))


def test_with_a_hop_every_window_lies_on_it():
    frames = frames_of(samples_of(23.0, PUBLISHED), SPECIFICATION, hop=128)
    assert {b - a for a, b in zip(frames.starts, frames.starts[1:])} == {128}
    assert frames.count * 640 >= 23 * 16000


@pytest.mark.parametrize("seconds", [-1.0, 0.0, 0.1, float("nan"), float("inf")])
def test_lengths_that_are_none_are_refused(seconds):
    with pytest.raises(ValueError, match="0.32 s is the minimum"):
        samples_of(seconds, PUBLISHED)


def test_published_pooling_gives_eight_times_and_speech_64_times_8():
    assert loa_grid(PUBLISHED, 8) == (8, 1) and loa_grid(PUBLISHED, 1) == (64, 8)


def test_tokens_that_a_stretch_touches_are_not_outside():
    second = 16000
    inside = [(round(2.0 * second), round(3.0 * second))]
    # a token covers 1.28 s: 1.28 to 2.56 and 2.56 to 3.84 are touched
    assert tokens_outside(inside, PUBLISHED, 8).tolist() == [1, 0, 0, 1, 1, 1, 1, 1]
    assert tokens_outside([], PUBLISHED, 8).tolist() == [1] * 8


@pytest.mark.parametrize("end, given", [(5.12, 32 * 8), (5.0, 31 * 8)])
def test_all_frequencies_of_a_time_go_together(end, given):
    behind = [(round(end * 16000), PUBLISHED.samples)]
    outside = tokens_outside(behind, PUBLISHED, 1)
    assert outside.sum() == given and (outside[:given] == 1).all()
