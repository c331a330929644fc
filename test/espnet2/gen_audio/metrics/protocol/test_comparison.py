"""Comparison of two systems: signs, winners, and what cannot be compared."""

import pytest

from espnet2.gen_audio.metrics.protocol.comparison import compare
from espnet2.gen_audio.metrics.protocol.run import run_protocol


def test_every_metric_of_the_rows_is_compared_and_the_noisy_set_loses(found):
    comparison = found.scores["comparison"]
    rows = {row["name"]: row for row in found.scores["rows"]}
    scored = {m["key"] for m in found.scores["metrics"] if m["key"] in rows["same"]}
    assert set(comparison["differences"]) == scored
    for key in ("mel_distance", "si_sdr", "kl_softmax_network", "kad_network"):
        entry = comparison["differences"][key]
        assert entry["better"] == "same" and entry["low"] <= entry["value"]
        difference = rows["same"][key]["value"] - rows["noisy"][key]["value"]
        assert entry["value"] == pytest.approx(difference, rel=1e-4, abs=1e-4)


def test_what_has_no_direction_has_no_winner(found):
    assert found.scores["comparison"]["differences"]["loudness"]["better"] is None


def test_a_system_is_never_better_than_itself(request_for, sets, tmp_path):
    scp = sets / "noisy/wav.scp"
    request = request_for(tmp_path, f"a={scp}", f"b={scp}", compared=("a", "b"))
    differences = run_protocol(request).scores["comparison"]["differences"].values()
    assert {entry["value"] for entry in differences} == {0.0}
    assert {entry["better"] for entry in differences} == {None}


def test_a_system_that_is_not_scored_is_named():
    stage = type("Stage", (), {"outputs": {"mine": None}})
    with pytest.raises(ValueError, match="theirs is not scored; scored are mine"):
        compare([stage], "mine", "theirs")
