"""The table: columns of described metrics, intervals, dashes for what is missing."""

from espnet2.gen_audio.metrics.report.score_table import (
    cell,
    column_lines,
    left_out_lines,
    markdown_table,
    present_metrics,
    row_lines,
)


def metric(key, title, digits, direction="lower"):
    return {
        "key": key,
        "title": title,
        "digits": digits,
        "unit": "1",
        "direction": direction,
        "text": f"what {key} is.",
    }


SCORES = {
    "metrics": [
        metric("probe", "accuracy", 2, "higher"),
        metric("distance", "distance x 100", 1),
        metric("absent", "absent", 1),
        metric("count", "count", 0, "neither"),
    ],
    "rows": [
        {
            "name": "predicted",
            "seeds": ["0", "1"],
            "clips": 300,
            "probe": {"value": 0.634, "low": 0.58, "high": 0.691, "times_chance": 6.34},
            "distance": {"value": 6.68, "low": None, "high": None},
        },
        {"name": "mine", "seeds": [""], "clips": 5, "count": {"value": 3}},
    ],
    "left_out": {"absent": "it needs a package", "other": "it was not given"},
}


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_numbers_stand_with_intervals_and_missing_ones_as_dashes():
    head, rule, first, second = map(cells, markdown_table(SCORES).splitlines())
    assert head == ["", "clips", "accuracy", "distance x 100", "count"]
    assert len(rule) == 5
    assert first == [
        "generated, predicted LOA",
        "300",
        "0.63 [0.58, 0.69] (6.3 x chance)",
        "6.7",
        "–",
    ]
    assert second == ["mine", "5", "–", "–", "3"]


def test_sizes_of_both_sets_stand_where_the_number_depends_on_them():
    assert cell({"value": 1.26, "clips": [30, 15]}, 1) == "1.3 (30, 15)"
    assert cell({"value": 1.26, "clips": 30}, 1) == "1.3"


def test_metrics_that_no_row_has_are_no_columns():
    assert [one["key"] for one in present_metrics(SCORES)] == [
        "probe",
        "distance",
        "count",
    ]


def test_every_column_is_explained_with_unit_direction_and_details():
    lines = column_lines(SCORES, lambda key: " Details." if key == "probe" else "")
    assert lines == [
        "* **accuracy** (1; higher is better): what probe is. Details.",
        "* **distance x 100** (1; lower is better): what distance is.",
        "* **count** (1): what count is.",
    ]


def test_every_row_is_explained_and_unknown_ones_are_systems():
    assert row_lines(SCORES, {"predicted": "the system."}) == [
        "* **generated, predicted LOA**: the system. 2 seeds.",
        "* **mine**: generated clips.",
    ]


def test_what_is_left_out_is_named_with_the_reason():
    assert left_out_lines(SCORES) == [
        "* left out: absent: it needs a package",
        "* left out: other: it was not given",
    ]
