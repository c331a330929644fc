"""The table: intervals, dashes for what is missing, unknown systems by their name."""

from espnet2.gen_audio.metrics.table import (
    curve_table,
    loa_table,
    markdown_table,
    row_title,
)

SCORES = {
    "judges": {"judge_train": {"chance": 0.1}},
    "rows": [
        {
            "name": "predicted",
            "clips": 300,
            "judge_train": {
                "value": 0.634,
                "low": 0.58,
                "high": 0.691,
                "times_chance": 6.34,
            },
            "kernel_distance": {"value": 6.68, "low": None, "high": None},
        },
        {"name": "mine", "clips": 5, "copying": {"value": 0.25}},
    ],
    "curves": {
        "vae": {
            "key": "mel_l1",
            "first": 0.9,
            "best": 0.45,
            "best_epoch": 7,
            "ratio": 0.5,
        }
    },
    "loa_error": {"predicted": 0.11, "other": 0.3, "note": "text is left out"},
}


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_numbers_stand_with_intervals_and_missing_ones_as_dashes():
    head, rule, first, second = markdown_table(SCORES).splitlines()
    assert cells(first) == [
        "generated, predicted LOA",
        "300",
        "0.63 [0.58, 0.69] (6.3 x chance)",
        "6.7",
        "–",
    ]
    assert cells(second) == ["mine", "5", "–", "–", "0.25"]
    assert len(cells(head)) == len(cells(rule)) == 5


def test_columns_that_no_row_has_are_left_out():
    assert "log-mel" not in markdown_table(SCORES)
    assert "judge" not in markdown_table({**SCORES, "judges": {}})


def test_curves_show_first_best_and_their_ratio():
    assert "| vae | mel_l1 | – | 0.9 | 0.45 (epoch 7) | 0.50 |" in curve_table(SCORES)
    assert curve_table({}) == ""


def test_loa_errors_are_listed_and_other_entries_left_out():
    lines = loa_table(SCORES).splitlines()[2:]
    assert lines == [
        "| predicted by GPT-2 | 0.11 |",
        "| LOA of another test clip | 0.3 |",
    ]
    assert loa_table({"loa_error": {}}) == ""


def test_an_unknown_system_keeps_its_name():
    assert row_title("mine") == "mine"
