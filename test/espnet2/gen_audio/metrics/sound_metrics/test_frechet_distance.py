"""Frechet distance of outputs, with the sizes that make it comparable."""

from espnet2.gen_audio.metrics.sound_metrics.frechet_distance import (
    distance_to_recordings,
)


def test_the_sizes_of_both_sets_and_the_ranks_are_stated(context, features, outputs_of):
    outputs = outputs_of({"": features(context.test.classes, 3)})
    entry = distance_to_recordings(outputs, context).entry
    assert entry["clips"] == [12, 12] and entry["rank"] == [3, 3] and entry["size"] == 3
    assert entry["value"] > 0


def test_the_recordings_have_none_without_other_recordings(
    context, features, outputs_of
):
    own = outputs_of({"": features(context.test.classes)}, is_reference=True)
    assert distance_to_recordings(own, context) is None
