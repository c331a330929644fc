"""The command that compares scored systems."""

import json
from pathlib import Path

import numpy as np
import pytest

from espnet2.gen_audio.bin import compare_samplers
from espnet2.gen_audio.bin.compare_samplers import correct_clips, losses
from espnet2.gen_audio.feats.clip import ClipGeometry

IDS = [f"c{n}" for n in range(12)]


class Sounds:
    """A test set whose clips are recordings of their own, of two classes."""

    ids = IDS
    recordings = {clip: clip for clip in IDS}
    classes = {clip: "xy"[n % 2] for n, clip in enumerate(IDS)}
    wavs = {clip: "recording" for clip in IDS}

    def one_a_recording(self):
        return IDS


class Reader:
    """Features that depend on the name of the system alone, and noise far away."""

    geometry = ClipGeometry(seconds=0.64, n_mels=16, fbank_bins=32)

    def read(self, wavs, what):
        shift = {"quality": 0.1, "fast": 0.4}.get(what.split()[0], 0.0)
        return self._of(shift, len(wavs))

    def from_waveforms(self, waves, what):
        return self._of(4.0, len(waves))

    def _of(self, shift, rows):
        values = np.random.RandomState(0).randn(rows, 6) + shift
        return type("Features", (), {"embedding": values})


@pytest.fixture
def args(tmp_path, monkeypatch):
    lines = []
    for system, wrong in (("quality", 1), ("fast", 3), ("noise", 6)):
        for n, clip in enumerate(IDS):
            label = Sounds.classes[clip]
            predicted = label if n >= wrong else "other"
            lines.append({"id": clip, "system": system, "seed": "", "label": label})
            lines[-1]["probe_train"] = predicted
    (tmp_path / "clips.jsonl").write_text("\n".join(map(json.dumps, lines)))
    monkeypatch.setattr(
        compare_samplers, "read_wavs", lambda scp: {clip: scp for clip in IDS}
    )
    words = ["--score_dir", str(tmp_path), "--test_data", "x", "--output", "x"]
    words += ["--systems", "quality@0=a", "fast@0=b", "--draws", "50"]
    return compare_samplers.get_parser().parse_args(words)


def test_every_system_has_its_losses_and_the_base_has_none(args):
    systems = {"quality": {"": "a"}, "fast": {"": "b"}}
    base, fast = losses(args, systems, Sounds(), Reader())
    assert base["kernel"]["value"] == base["agreement"]["value"] == 0.0
    assert 0 < fast["kernel"]["value"] < 1
    # 3 wrong instead of 1, in a range from 1 wrong to 6
    assert fast["agreement"]["value"] == pytest.approx(2 / 5)


def test_clips_without_label_are_left_out(tmp_path):
    path = tmp_path / "clips.jsonl"
    path.write_text(json.dumps({"id": "a", "system": "s", "seed": "", "label": None}))
    assert correct_clips(path, "probe_train") == {}


def test_an_unknown_base_ends_in_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit):
        compare_samplers.main(
            ["--score_dir", str(tmp_path), "--test_data", str(tmp_path)]
            + ["--systems", "fast@0=x.scp", "--output", str(tmp_path / "o.json")]
        )
    assert "--base quality is not among fast" in capsys.readouterr().err


EARLIER = Path(__file__).parents[1] / "metrics/report/earlier"
NEEDED = ["--score_dir", "x", "--test_data", "x", "--systems", "a=b", "--output", "x"]


def test_records_of_an_earlier_release_are_read():
    correct = correct_clips(EARLIER / "clips.jsonl", "probe_train")
    assert correct["predicted"]["0"] == {"testlow0": False, "testhigh0": True}


def test_former_names_of_option_and_probe_work_and_say_so(caplog):
    parse = compare_samplers.get_parser().parse_args
    assert parse(NEEDED).probe == "probe_train" and not caplog.records
    assert parse([*NEEDED, "--judge", "judge_raw"]).probe == "probe_raw"
    assert "--judge is now called --probe" in caplog.text
    assert "judge_raw is now called probe_raw" in caplog.text


def test_a_probe_that_does_not_exist_is_refused(capsys):
    with pytest.raises(SystemExit):
        compare_samplers.get_parser().parse_args([*NEEDED, "--probe", "mine"])
    assert "'mine' is no classifier probe; use probe_train" in capsys.readouterr().err
