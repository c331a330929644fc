"""Files of a run on sets: complete, and readable as those of the recipe are."""

import json
from pathlib import Path

import numpy as np
import soundfile

from espnet2.gen_audio.metrics.protocol.run import SetScores
from espnet2.gen_audio.metrics.report.score_table import markdown_table
from espnet2.gen_audio.metrics.report.scores_file import read_clips, read_scores
from espnet2.gen_audio.metrics.report.set_files import write_set_files

METRIC = {
    "key": "toy",
    "title": "toy",
    "unit": "1",
    "direction": "lower",
    "text": "a toy.",
    "source": "this test",
    "digits": 1,
}


def test_scores_clips_lines_and_lock_are_written(tmp_path):
    row = {"name": "ours", "seeds": [""], "clips": 1, "toy": {"value": 2.0}}
    scores = {"metrics": [METRIC], "rows": [row], "settings": {}}
    records = [{"id": "c1", "system": "ours", "seed": "", "toy": 2.0}]
    soundfile.write(tmp_path / "c1.wav", np.full(900, 0.1), 8000)
    wavs = {name: {"": {"c1": tmp_path / "c1.wav"}} for name in ("recordings", "ours")}
    found = SetScores(scores, records, {"protocol": "p"}, wavs, {})
    write_set_files(tmp_path, found)
    assert "| 2.0 |" in markdown_table(read_scores(tmp_path / "scores.json"))
    assert read_clips(tmp_path / "clips.jsonl") == records
    assert (tmp_path / "versa/ours.jsonl").is_file()
    assert (tmp_path / "scores.html").read_text().count("<audio") == 2
    assert json.loads(Path(tmp_path / "protocol.lock").read_text())["protocol"] == "p"
