"""Word errors of outputs: right words, chance, insertions, seeds, other utterances."""

from dataclasses import replace

import pytest

from espnet2.gen_audio.metrics.evaluation.row_scorer import RowScorer
from espnet2.gen_audio.metrics.speech_metrics.registry import SPEECH_METRICS

KEYS = ("words_right", "wer_closed", "wer", "cer", "wer_espnet", "cer_espnet")


@pytest.fixture
def scored():
    """Return a function that scores outputs by their words."""
    metrics = [metric for metric in SPEECH_METRICS.all() if metric.key in KEYS]

    def score(outputs, context, permuted=False):
        scorer = RowScorer(metrics, context)
        if permuted:
            return scorer.score_permuted("another", outputs)
        return scorer.score(outputs)[0]

    return score


def test_recordings_have_all_words_right(closed, outputs_of, scored):
    row = scored(outputs_of(closed), closed)
    assert row["words_right"]["value"] == 1 and row["wer"]["value"] == 0
    assert row["cer"]["value"] == row["wer_closed"]["value"] == 0
    assert 1 < row["words_right"]["times_chance"] < 6
    assert "wer_espnet" not in row and row["wer"]["clips"] == 20


def test_insertions_count_in_the_error_rate_and_not_in_the_words_right(
    context, outputs_of, scored
):
    row = scored(outputs_of(context, lambda words: [*words, "one"]), context)
    assert row["words_right"]["value"] == 1
    assert row["wer"]["value"] == pytest.approx(100 / 3, abs=1e-3)


def test_a_system_with_one_text_for_all_is_at_chance(context, outputs_of, scored):
    row = scored(outputs_of(context, lambda words: ["one", "two", "three"]), context)
    assert row["words_right"]["times_chance"] == pytest.approx(1)


def test_seeds_share_an_utterance_and_stand_in_one_row(context, outputs_of, scored):
    once = scored(outputs_of(context, lambda words: words[:1]), context)
    twice = scored(outputs_of(context, lambda words: words[:1], "01"), context)
    assert twice["clips"] == 40 and twice["seeds"] == ["0", "1"]
    assert twice["words_right"]["value"] == pytest.approx(1 / 3, abs=1e-4)
    # no utterance differs from another, so nothing is uncertain
    assert once["words_right"]["low"] == once["words_right"]["high"]


def test_other_utterances_are_the_chance_of_the_recordings(closed, outputs_of, scored):
    outputs = outputs_of(closed)
    row, another = scored(outputs, closed), scored(outputs, closed, permuted=True)
    assert another["words_right"]["value"] == row["words_right"]["chance"]
    assert another["words_right"]["high"] < 0.8
    assert "cer" not in another and another["wer"]["clips"] == 20


def test_one_utterance_has_no_chance(context, outputs_of, scored):
    one = {"u00": context.test.transcripts["u00"]}
    alone = replace(context, test=replace(context.test, transcripts=one))
    outputs = outputs_of(alone)
    assert "chance" not in scored(outputs, alone)["words_right"]
    assert "words_right" not in scored(outputs, alone, permuted=True)
