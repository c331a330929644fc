"""The page: every row and column explained, no claim about what is not there."""

from espnet2.gen_audio.metrics.report.results_text import (
    Origin,
    Setting,
    results_text,
    summary_line,
)
from espnet2.gen_audio.metrics.report.row_names import SOUND_ROWS
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS

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
    "metrics": [metric.describe() for metric in SOUND_METRICS.all()],
    "probes": {
        "probe_train": {
            "clips": 9,
            "recordings": 3,
            "classes": ["a", "b"],
            "chance": 0.5,
        }
    },
    "left_out": {"probe_heldout": "class a has one recording"},
    "rows": [
        {"name": "predicted", "seeds": ["0", "1"], "clips": 4, "probe_train": ESTIMATE},
        {"name": "mine", "seeds": [""], "clips": 2, "probe_train": ESTIMATE},
    ],
    "curves": {},
    "loa_error": {},
}


def test_every_row_and_column_is_explained():
    page = results_text(SCORES, Setting("my corpus"))
    assert page.startswith("# Results: my corpus\n") and page.endswith(".\n")
    assert f"**generated, predicted LOA**: {SOUND_ROWS['predicted']} 2 seeds." in page
    assert "**mine**: generated clips." in page
    assert "9 clips of 3 recordings with 2 classes; chance is 0.5." in page


def test_what_is_left_out_is_said_with_its_reason():
    page = results_text(SCORES, Setting("x"))
    title = "classifier probe: held-out reconstructions"
    assert f"* left out: {title}: class a has one recording" in page


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
        {"probes": ("p.png", "bars")},
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


def test_the_summary_is_one_line():
    line = summary_line(SCORES)
    assert "\n" not in line and '"predicted": {"probe_train": 0.5}' in line


def test_the_page_says_what_of_a_clip_was_embedded():
    earlier = results_text(SCORES, Setting("x"))
    assert "mean over the patches of a clip, padding included." in earlier
    settings = SCORES["settings"] | {"embedded": "the sound"}
    page = results_text(SCORES | {"settings": settings}, Setting("x"))
    assert "mean over the patches of the sound." in page
