"""measure/measure_scores.py: damage changes the metric that measures it."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

SCRIPT = Path(__file__).parents[2] / "egs2/audioldm2/measure/measure_scores.py"
PROTOCOL = """
{text: a test, sample_rate: 16000, metrics: [loudness, clipping, silence, dc_offset],
 encoders: {mel: {kind: mel_statistics, metrics: [kad]}}}
"""


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """Return the rows of recordings and of their damaged copies."""
    root = tmp_path_factory.mktemp("damage")
    rng, lines = np.random.default_rng(0), []
    for n in range(8):
        wave = rng.normal(0, 0.02 * (n + 1), 4800)
        soundfile.write(root / f"{n}.wav", wave, 16000, subtype="FLOAT")
        lines.append(f"c{n} {root}/{n}.wav\n")
    (root / "wav.scp").write_text("".join(lines))
    (root / "plain.yaml").write_text(PROTOCOL)
    specification = importlib.util.spec_from_file_location("measure_scores", SCRIPT)
    script = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(script)
    words = {"reference": "wav.scp", "protocol": "plain.yaml", "output_dir": "out"}
    script.main([word for k, v in words.items() for word in (f"--{k}", f"{root / v}")])
    scores = json.loads((root / "out/scores.json").read_text())
    return {row["name"]: row for row in scores["rows"]}


def test_each_damage_moves_its_measure(rows):
    assert rows["clipped"]["clipping"]["value"] > 0.1
    assert rows["half_silent"]["silence"]["value"] == pytest.approx(0.5, abs=0.1)
    assert rows["offset"]["dc_offset"]["value"] == pytest.approx(0.1, abs=0.01)
    assert rows["low_pass"]["kad_mel"]["value"] > rows["noisy"]["kad_mel"]["value"]


def test_wrong_ids_are_no_damage_to_a_distance_of_sets(rows):
    for key in ("loudness", "clipping", "silence", "dc_offset"):
        assert rows["wrong_ids"][key]["value"] == rows["recordings"][key]["value"]
    assert (
        rows["wrong_ids"]["kad_mel"]["value"] < 0 < rows["low_pass"]["kad_mel"]["value"]
    )
