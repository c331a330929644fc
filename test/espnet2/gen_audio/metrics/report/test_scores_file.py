"""Files of scores: those of earlier releases are read with today's names."""

import json
from pathlib import Path

import pytest

from espnet2.gen_audio.metrics.evaluation.probe_set import FITTED_ON
from espnet2.gen_audio.metrics.report.score_table import markdown_table
from espnet2.gen_audio.metrics.report.scores_file import (
    OLD_NAMES,
    new_names,
    read_clips,
    read_scores,
    read_speech_scores,
)

EARLIER = Path(__file__).parent / "earlier"  # written before probes had their name


def test_earlier_scores_are_read_with_todays_names():
    scores = read_scores(EARLIER / "scores.json")
    assert set(scores["probes"]) == set(FITTED_ON)
    assert scores["probes"]["probe_raw"]["classes"] == ["high", "low", "mid"]
    row = scores["rows"][1]
    assert row["name"] == "predicted" and row["probe_train"]["value"] == 0.388889
    assert row["copying"] == {
        "value": 0.0,
        "below_median": 0.3,
        "median_ratio": 1.07391,
        "clips": 60,
    }


def test_the_table_of_earlier_scores_has_all_of_their_columns():
    head, _, _, first = markdown_table(
        read_scores(EARLIER / "scores.json")
    ).splitlines()[:4]
    assert "classifier probe: held-out reconstructions" in head
    assert "nearer to training than held-out" in head
    assert "0.39 [0.36, 0.42] (1.2 x chance)" in first and "25.6 (30, 15)" in first


def test_earlier_speech_scores_are_described_as_todays():
    scores = read_speech_scores(EARLIER / "speech_scores.json")
    metrics = {metric["key"]: metric for metric in scores["metrics"]}
    assert metrics["wer"]["direction"] == "lower" and metrics["mcd"]["text"]
    assert "| WER in the vocabulary, % |" in markdown_table(scores)


def test_earlier_records_of_clips_are_read():
    record = read_clips(EARLIER / "clips.jsonl")[0]
    assert record["probe_train"] == "mid" and record["label"] == "low"
    (speech,) = read_clips(EARLIER / "speech_clips.jsonl")
    assert speech["transcript"] == "seven four six"
    assert set(speech["recognised"]) == {"closed", "open"}


def test_descriptions_in_a_file_count_more_than_registered_ones(tmp_path):
    path = tmp_path / "scores.json"
    own = {"key": "mine", "title": "mine", "text": "my own.", "digits": 1}
    path.write_text(json.dumps({"metrics": [own], "rows": [], "probes": {}}))
    assert read_scores(path)["metrics"] == [own]


def test_names_are_replaced_at_every_depth_and_values_are_kept():
    assert new_names([{"judges": {"judge_raw": ["judges"]}}]) == [
        {"probes": {"probe_raw": ["judges"]}}
    ]
    assert not set(OLD_NAMES) & set(OLD_NAMES.values())


@pytest.mark.parametrize(
    "text",
    [
        *("{", "[]", '{"rows": 3}', "{}", '{"rows": ["x"]}', '{"rows": [{}]}'),
        '{"rows": [], "metrics": 5}',
        '{"rows": [], "metrics": [{}]}',
        '{"rows": [{"name": "a", "b": {"value": "x"}}]}',
        '{"rows": [{"name": "a", "b": {"value": true}}]}',
        '{"rows": [], "curves": 5}',
        '{"rows": [], "curves": {"ldm": 5}}',
        '{"rows": [], "curves": {"ldm": {"key": "loss"}}}',
        '{"rows": [], "curves": {"ldm": {"key": "loss", "best": "x"}}}',
    ],
)
def test_what_is_no_file_of_scores_is_refused(tmp_path, text):
    path = tmp_path / "scores.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="scores.json is no file of scores"):
        read_scores(path)


def test_a_broken_record_is_named_by_its_line(tmp_path):
    path = tmp_path / "clips.jsonl"
    path.write_text('{"id": "a"}\nhalf a li')
    with pytest.raises(ValueError, match="line 2: 'half a li' is no JSON"):
        read_clips(path)
