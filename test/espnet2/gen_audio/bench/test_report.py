"""The report: totals are sums of parts, and nothing is left out."""

import json

import pytest

from espnet2.gen_audio.bench.memory import Peak
from espnet2.gen_audio.bench.report import UNET_STEPS, derived, machine, table, write
from espnet2.gen_audio.bench.timing import summary

ROWS = [
    summary(name, [(ours, 2 * ours)] * 3, 1e-6)
    for name, ours in (
        ("text", 0.1),
        ("loa_rollout", 0.2),
        ("unet", 5.0),
        ("decode", 0.4),
    )
]


def test_a_derived_total_is_the_sum_of_its_parts():
    total = derived(ROWS, 200)
    assert total["ours_s"] == pytest.approx(0.7 + 5.0 * 200 / UNET_STEPS)
    assert total["ratio"] == pytest.approx(0.5)
    assert derived(ROWS[:3], 200) == {}


def test_the_table_names_every_part_and_marks_what_is_derived():
    peaks = [Peak("diffusers float32", 4.0), Peak("ours float32", 2.0)]
    text = table(ROWS, [derived(ROWS, 25), {}], peaks)
    for word in ("text", "loa_rollout", "unet, 5 steps", "decode"):
        assert word in text
    assert "derived total, 25 steps" in text and "0.500" in text
    assert "peak memory, ours float32" in text


def test_json_and_picture_are_written(tmp_path):
    write(tmp_path / "x.json", machine() | {"prompt": "p"}, ROWS, memory=[])
    found = json.loads((tmp_path / "x.json").read_text())
    assert [part["part"] for part in found["parts"]] == [row.part for row in ROWS]
    assert found["parts"][0]["times"] == [[0.1, 0.2]] * 3
    assert {"processor", "threads", "versions", "memory", "prompt"} <= found.keys()
    assert (tmp_path / "x.png").stat().st_size > 1000
