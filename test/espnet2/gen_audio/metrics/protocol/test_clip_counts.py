"""Enough clips: ranks by the smallest set, and halves that share no recording."""

from dataclasses import replace

import pytest

from espnet2.gen_audio.metrics.protocol.clip_counts import floor_of, of_full_rank
from espnet2.gen_audio.metrics.sound_metrics.frechet_distance import FRECHET_DISTANCE
from espnet2.gen_audio.metrics.sound_metrics.kad import KAD

METRICS = [KAD, FRECHET_DISTANCE]


def test_with_more_clips_than_dimensions_all_metrics_are_kept(
    context, features, outputs_of
):
    outputs = [outputs_of({"": features(context.test.classes, 3)})]
    assert of_full_rank("refuse", "mel", METRICS, context, outputs) == (METRICS, {})


def test_the_smallest_set_of_frames_counts(context, features, outputs_of):
    clips = features(context.test.classes, 3)
    frames = [clips.embedding[:1]] * 2 + [clips.embedding[:0]] * 10
    outputs = [outputs_of({"": replace(clips, frames=frames)})]
    kept, why = of_full_rank("leave_out", "mel", METRICS, context, outputs)
    assert kept == [KAD] and "2 clips are too few" in why["frechet_distance"]
    with pytest.raises(ValueError, match="frechet_distance: 2 .* use kad_mel"):
        of_full_rank("refuse", "mel", METRICS, context, outputs)


def test_halves_of_the_recordings_have_nothing_in_common(context):
    floor = floor_of(context)
    one, other = set(floor.other_recordings.groups), set(floor.reference.ids)
    assert len(one) == len(other) == 6 and not one & other


def test_few_recordings_have_no_floor(context):
    few = context.reference.select(context.test.ids[:7])
    assert floor_of(replace(context, reference=few)).other_recordings is None
