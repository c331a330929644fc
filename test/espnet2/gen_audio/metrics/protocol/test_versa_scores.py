"""VERSA as an adapter, against the call that it documents: options, lines, faults."""

import json
import sys

import pytest

from espnet2.gen_audio.metrics.protocol.run import run_protocol

# the options of versa/bin/scorer.py, and lines as its metrics write them
SCORER = """
import argparse, json, soundfile
parser = argparse.ArgumentParser()
for name in ("pred", "score_config", "gt", "text", "output_file", "cache_folder"):
    parser.add_argument(f"--{name}", type=str)
parser.add_argument("--io", choices=["kaldi", "soundfile", "dir"], default="kaldi")
args = parser.parse_args()
assert open(args.score_config).read() == "- name: level\\n"
texts = dict(l.split(maxsplit=1) for l in open(args.text)) if args.text else {}
with open(args.output_file, "w") as out:
    for line in open(args.pred):
        key, path = line.split()
        wave, _ = soundfile.read(path)
        found = {"key": key, "level": float(abs(wave[-200:]).mean()), "ref_text": "x"}
        if args.gt:
            found["f0corr"] = float("nan")
            edits = {"delete": 0, "insert": 1, "replace": 0, "equal": 3}
            found |= {f"asr_wer_{k}": v for k, v in edits.items()}
        if key in texts:
            found["words"] = len(texts[key].split())
        out.write(json.dumps(found) + "\\n")
open(args.output_file + ".calls", "a").write("x")
"""


@pytest.fixture
def versa(tmp_path, monkeypatch):
    """Install a package with VERSA's scorer, and return a config for it."""
    package = tmp_path / "installed/versa/bin"
    package.mkdir(parents=True)
    for folder in (package.parent, package):
        (folder / "__init__.py").write_text("")
    (package / "scorer.py").write_text(SCORER)
    monkeypatch.syspath_prepend(str(package.parents[1]))
    monkeypatch.setenv("PYTHONPATH", str(package.parents[1]))
    (tmp_path / "versa.yaml").write_text("- name: level\n")
    (tmp_path / "plain.yaml").write_text("{text: a, sample_rate: 16000, metrics: []}")
    yield tmp_path / "versa.yaml"
    for name in [one for one in sys.modules if one.split(".")[0] == "versa"]:
        del sys.modules[name]


def test_versas_numbers_stand_in_rows_records_and_comparison(
    versa, request_for, tmp_path
):
    request = request_for(
        tmp_path / "out",
        protocol=tmp_path / "plain.yaml",
        encoders=(),
        versa=versa,
        compared=("same", "noisy"),
    )
    found = run_protocol(request)
    rows = {row["name"]: row for row in found.scores["rows"]}
    assert rows["same"]["versa_level"] == rows["recordings"]["versa_level"]
    assert rows["noisy"]["versa_level"]["value"] > rows["same"]["versa_level"]["value"]
    assert rows["same"]["versa_asr_wer_percent"]["value"] == pytest.approx(
        100 / 3, abs=1e-3
    )
    assert "versa_asr_wer_percent" not in rows["recordings"]
    assert "versa_f0corr" not in rows["same"]  # not a number in every clip
    (record,) = [r for r in found.records if (r["system"], r["id"]) == ("same", "c03")]
    assert record["versa_asr_wer_equal"] == 3
    difference = found.scores["comparison"]["differences"]["versa_level"]
    assert difference["high"] < 0
    keys = [metric["key"] for metric in found.scores["metrics"]]
    assert keys == ["versa_asr_wer_percent", "versa_level"]
    (versa.parent / "installed/versa/bin/scorer.py").write_text("raise SystemExit(3)")
    again = run_protocol(request)  # what was scored is not scored again
    assert json.dumps(again.scores) == json.dumps(found.scores)


def test_a_failing_scorer_a_missing_config_and_another_package_are_refused(
    versa, request_for, tmp_path
):
    def run(**options):
        given = {"protocol": tmp_path / "plain.yaml", "encoders": (), "versa": versa}
        run_protocol(request_for(tmp_path / "out", **given | options))

    scorer = versa.parent / "installed/versa/bin/scorer.py"
    with pytest.raises(ValueError, match="--versa .*gone: there is no such file"):
        run(versa=tmp_path / "gone")
    scorer.write_text("raise SystemExit(3)")
    with pytest.raises(ValueError, match="ended with status 3; its log is "):
        run()
    scorer.unlink()
    with pytest.raises(ValueError, match="the package named versa .* another project"):
        run()
