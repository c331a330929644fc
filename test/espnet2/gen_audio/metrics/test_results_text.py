"""The page: every row and column explained, no claim about what is not there."""

from espnet2.gen_audio.metrics.results_text import (
    ROW_MEANINGS,
    Origin,
    Setting,
    results_text,
    summary_line,
)
from espnet2.gen_audio.metrics.table import ROW_TITLES

ESTIMATE = {"value": 0.5, "low": 0.4, "high": 0.6, "times_chance": 5.0}
SCORES = {
    "settings": {
        "geometry": {"seconds": 2.56, "sample_rate": 16000},
        "level": "peak 0.5",
        "embedding": "YAMNet",
        "embedding_version": "abc",
        "embedding_rate": 16000,
        "copying_channel": "reconstructions",
        "draws": 1000,
        "seed": 0,
        "versions": {"torch": "2"},
    },
    "judges": {
        "judge_train": {"clips": 9, "recordings": 3, "kinds": ["a", "b"], "chance": 0.5}
    },
    "left_out": {"judge_heldout": "kind a has one recording"},
    "rows": [
        {"name": "predicted", "seeds": ["0", "1"], "clips": 4, "judge_train": ESTIMATE},
        {"name": "mine", "seeds": [""], "clips": 2, "judge_train": ESTIMATE},
    ],
    "curves": {},
    "loa_error": {},
}


def test_every_row_and_column_is_explained():
    page = results_text(SCORES, Setting("my corpus"))
    assert page.startswith("# Results: my corpus\n") and page.endswith(".\n")
    assert f"**generated, predicted LOA**: {ROW_MEANINGS['predicted']} 2 seeds." in page
    assert "**mine**: a generated system." in page
    assert "9 clips of 3 recordings, 2 kinds; chance 0.5." in page


def test_what_is_left_out_is_said_with_its_reason():
    assert "as kind a has one recording" in results_text(SCORES, Setting("x"))


def test_sections_without_content_do_not_appear():
    page = results_text(SCORES, Setting("x"))
    for absent in (
        "## Training",
        "## Where",
        "predicted LOA\n\n|",
        "```",
        "Hardware",
        "![",
    ):
        assert absent not in page


def test_commands_hardware_parts_and_pictures_are_shown():
    setting = Setting(
        "x",
        ["./run.sh"],
        "2 cores",
        [Origin("vae", "vae_mini"), Origin("ldm", "a|b.pth", "CC BY", 64 * "f")],
        {"judge": ("p.png", "bars")},
    )
    page = results_text(SCORES, setting)
    for text in (
        "```sh\n./run.sh\n```",
        "Hardware: 2 cores.",
        "| vae | vae_mini | - | - |",
        "| ldm | a/b.pth | CC BY | ffffffffffffffff |",
    ):
        assert text in page
    assert "![bars](p.png)" in page


def test_every_known_row_has_a_title_and_a_meaning():
    assert set(ROW_MEANINGS) == set(ROW_TITLES)


def test_the_summary_is_one_line():
    line = summary_line(SCORES)
    assert "\n" not in line and '"predicted": {"judge_train": 0.5}' in line
