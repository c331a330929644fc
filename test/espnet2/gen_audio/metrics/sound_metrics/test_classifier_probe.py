"""Probe accuracy of outputs: captions obeyed, disobeyed, permuted, or without class."""

from dataclasses import replace

import pytest

from espnet2.gen_audio.metrics.sound_metrics.classifier_probe import (
    permuted_accuracy,
    probe_accuracy,
)


def test_obedient_clips_are_right_and_permuted_captions_are_not(
    context, features, outputs_of
):
    outputs = outputs_of({"0": features(context.test.classes, 3)})
    score = probe_accuracy("probe_train", outputs, context)
    assert score.entry["value"] == 1.0 and score.entry["times_chance"] == 2.0
    assert score.entry["per_seed"] == {"0": 1.0}
    assert score.clips["0", "tbell0"] == {"label": "bell", "probe_train": "bell"}
    permuted = permuted_accuracy("probe_train", outputs, context).entry
    assert permuted["value"] == pytest.approx(0.5, abs=0.15)


def test_disobedient_clips_are_wrong_though_they_sound_as_real(
    context, features, outputs_of
):
    right = features(context.test.classes, 3)
    wrong = right.select(right.ids[6:] + right.ids[:6]).renamed(right.ids)
    score = probe_accuracy("probe_train", outputs_of({"": wrong}), context)
    assert score.entry["value"] == 0.0


def test_clips_without_a_class_are_left_out(context, features, outputs_of):
    class_of = dict(context.test.classes)
    del class_of["tbell0"]
    test = replace(context.test, classes=class_of)
    outputs = outputs_of({"": features(context.test.classes, 3)}, test=test)
    score = probe_accuracy("probe_train", outputs, replace(context, test=test))
    assert score.entry["clips"] == 11 and ("", "tbell0") not in score.clips


def test_a_probe_that_could_not_be_fitted_gives_nothing(context, features, outputs_of):
    outputs = outputs_of({"": features(context.test.classes, 3)})
    assert probe_accuracy("probe_raw", outputs, context) is None
    assert permuted_accuracy("probe_raw", outputs, context) is None
