"""CLAP score of outputs: the cosine to the caption of the clip's own id."""

from dataclasses import replace

import pytest

from espnet2.gen_audio.metrics.sound_metrics.clap_score import CLAP_SCORE


def test_the_cosine_is_taken_to_the_caption_of_the_same_id(
    context, features, outputs_of
):
    clips = features(context.test.classes)
    vectors = dict(zip(clips.ids, 7 * clips.embedding))
    aligned = replace(context, caption_vectors=vectors)
    assert CLAP_SCORE.compute(outputs_of({"": clips}), aligned).entry["value"] == 1
    opposite = replace(context, caption_vectors={k: -v for k, v in vectors.items()})
    score = CLAP_SCORE.compute(outputs_of({"": clips}), opposite)
    assert score.clips["", "tbell0"]["clap_score"] == pytest.approx(-1)


def test_without_captions_there_is_none(context, features, outputs_of):
    outputs = outputs_of({"": features(context.test.classes)})
    assert CLAP_SCORE.compute(outputs, context) is None
