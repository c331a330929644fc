"""The command that compares variants trained with several seeds."""

import json
from statistics import fmean

import pytest
from scipy.stats import ttest_rel

from espnet2.gen_audio.bin.compare_trainings import (
    comparison_table,
    main,
    paired_difference,
    read_trainings,
)

BASE = {"0": 0.50, "1": 0.58, "2": 0.45}
BETTER = {"0": 0.61, "1": 0.65, "2": 0.58}
METRIC = {
    "key": "probe_train",
    "title": "probe",
    "digits": 2,
    "text": "accuracy",
    "unit": "fraction",
    "better": "higher",
}


@pytest.fixture
def items(tmp_path):
    """Score files of two variants, with three seeds each."""
    words = []
    for variant, values in (("base", BASE), ("better", BETTER)):
        for seed, value in values.items():
            row = {"name": "predicted", "clips": 9, "probe_train": {"value": value}}
            curve = {"key": "mel_l1", "best": value / 2}
            scores = {"metrics": [METRIC], "rows": [row], "curves": {"vae": curve}}
            path = tmp_path / f"{variant}{seed}.json"
            path.write_text(json.dumps(scores))
            words.append(f"{variant}@{seed}={path}")
    return words


def test_the_interval_is_that_of_the_paired_t_test():
    mean, half = paired_difference(BETTER, BASE)
    reference = ttest_rel(list(BETTER.values()), list(BASE.values()))
    interval = reference.confidence_interval(0.95)
    assert mean == pytest.approx(fmean(BETTER.values()) - fmean(BASE.values()))
    assert (mean - half, mean + half) == pytest.approx((interval.low, interval.high))


def test_only_trainings_with_a_seed_of_the_base_are_compared():
    mean, _ = paired_difference({**BETTER, "9": 100.0}, BASE)
    assert mean == pytest.approx(paired_difference(BETTER, BASE)[0])


def test_a_single_seed_has_no_interval():
    assert paired_difference({"0": 0.7}, BASE) == (pytest.approx(0.2), None)


def test_trainings_without_a_common_seed_are_refused():
    with pytest.raises(ValueError, match="seeds 7 and 0, 1, 2 have none in common"):
        paired_difference({"7": 0.7}, BASE)


def test_the_table_has_every_value_the_difference_and_validation(items, capsys):
    main(["--scores", *items])
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "| base | 0.50, 0.58, 0.45 |"
    assert lines[3] == "| better | 0.61, 0.65, 0.58 (+0.10 [+0.03, +0.18]) |"
    assert "vae: mel_l1" in lines[5]
    assert lines[7] == "| base | 0.2500, 0.2900, 0.2250 |"


def test_the_order_of_the_files_changes_nothing(items):
    base = read_trainings(items)
    turned = read_trainings([*items[:3], *reversed(items[3:])])
    for trainings in (base, turned):
        assert "(+0.10 [+0.03, +0.18])" in comparison_table(
            trainings, "base", "predicted"
        )


@pytest.mark.parametrize(
    "words, message",
    [
        (["--base", "other"], "--base other is not among base, better"),
        (["--rows", "true"], "--rows: base has no row 'true'"),
    ],
)
def test_an_unknown_base_or_row_is_refused(items, words, message, capsys):
    with pytest.raises(SystemExit):
        main(["--scores", *items, *words])
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("item", ["base=x", "base@0", "@0=x", "base@=x"])
def test_an_item_of_another_form_is_refused(item):
    with pytest.raises(ValueError, match="must be VARIANT@SEED=scores.json"):
        read_trainings([item])


def test_a_training_given_twice_is_refused(items):
    with pytest.raises(ValueError, match="seed 0 of base is given twice"):
        read_trainings([*items, items[0]])


def test_values_that_are_absent_have_no_cell(tmp_path, items, capsys):
    file = tmp_path / "none.json"
    row = {"name": "predicted", "probe_train": {"value": None}, "copying": {"clips": 3}}
    curve = {"key": "mel_l1", "best": None}
    scores = {"metrics": [METRIC], "rows": [row], "curves": {"vae": curve}}
    file.write_text(json.dumps(scores))
    main(["--scores", *items, f"none@0={file}"])
    assert "none" not in capsys.readouterr().out
