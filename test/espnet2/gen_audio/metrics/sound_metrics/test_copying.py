"""Copying of outputs: copies are reported with the names of training clips."""

from dataclasses import replace

from espnet2.gen_audio.metrics.sound_metrics.copying import nearness_to_training


def test_copies_of_training_clips_are_reported_with_their_names(context, outputs_of):
    names = [clip.replace("t", "r", 1) for clip in context.test.ids]
    copies = context.train.select(names).renamed(context.test.ids)
    score = nearness_to_training(outputs_of({"": copies}), context)
    assert score.entry["value"] == 1.0 and score.entry["clips"] == 12
    assert score.clips["", "tbell0"] == {
        "nearest_train": names[0],
        "nearest_distance": 0.0,
    }


def test_the_recordings_are_the_reference_and_have_values_of_clips_only(
    context, features, outputs_of
):
    own = outputs_of({"": features(context.test.classes, 2)}, is_reference=True)
    score = nearness_to_training(own, context)
    assert score.entry is None and len(score.clips) == 12


def test_without_training_clips_there_is_none(context, features, outputs_of):
    outputs = outputs_of({"": features(context.test.classes, 3)})
    assert nearness_to_training(outputs, replace(context, train=None)) is None
