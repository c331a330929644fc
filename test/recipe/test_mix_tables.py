"""Tables of several corpora are joined with weights; run_full.sh uses the result."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from espnet2.gen_audio.files.clip_table import read_table

sys.path.insert(0, str(Path(__file__).parent))

from corpus_trees import TREES  # noqa: E402

RECIPE = Path(__file__).resolve().parents[2] / "egs2" / "audioldm2"


@pytest.fixture(scope="module")
def script():
    path = RECIPE / "local" / "mix_tables.py"
    spec = importlib.util.spec_from_file_location("mix_tables", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tables(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"x")
    for name, ids in (
        ("one", ("x", "Yabcdefghijk_000030", "Ybbbbbbbbbbb")),
        ("two", ("x", "y")),
        ("held", ("Yabcdefghijk",)),
    ):
        lines = [f"{key}\ta.wav\ta {name}\n" for key in ids]
        text = "id\taudio\tcaption\n" + "".join(lines)
        (tmp_path / f"{name}.tsv").write_text(text)
    return tmp_path


def mix(script, tables, *words):
    script.main([*map(str, words), "--output", str(tables / "mixed.tsv")])
    return read_table(tables / "mixed.tsv")


def test_ids_tell_the_corpus_and_weights_are_those_given(script, tables, capsys):
    one, two = tables / "one.tsv", tables / "two.tsv"
    rows = mix(script, tables, "--add", "a", 4, one, "--add", "b", 0.5, two)
    assert {row.id: row.weight for row in rows} == {
        "a-x": 4,
        "a-Yabcdefghijk_000030": 4,
        "a-Ybbbbbbbbbbb": 4,
        "b-x": 0.5,
        "b-y": 0.5,
    }
    log = capsys.readouterr().err
    assert "a: 3 clips, 92.3% of the visits" in log and "b: 2 clips, 7.7% of" in log


def test_other_cuts_of_a_held_out_video_are_left_out(script, tables, capsys):
    words = ("--add", "a", 1, tables / "one.tsv", "--exclude", tables / "held.tsv")
    rows = mix(script, tables, *words)
    assert [row.id for row in rows] == ["a-x", "a-Ybbbbbbbbbbb"]
    assert "a (left out by --exclude): 1 clips" in capsys.readouterr().err


@pytest.mark.parametrize("weight", ["0", "-1", "x", "inf"])
def test_a_weight_that_is_none_is_refused(script, tables, capsys, weight):
    with pytest.raises(SystemExit):
        mix(script, tables, "--add", "a", weight, tables / "one.tsv")
    assert f"--add a {weight}: the weight must be a number above 0" in (
        capsys.readouterr().err
    )


def test_run_full_mixes_corpora_and_tests_on_the_first(tmp_path):
    for name in ("audiocaps", "msd"):
        TREES[name].write(tmp_path / name)
    words = ["./run_full.sh", "--stop_stage", "1"]
    for name in ("data", "dump", "exp"):
        words += [f"--{name}dir", str(tmp_path / name)]
    environment = {name.upper(): str(tmp_path / name) for name in TREES}
    environment["MIXTURE"] = "audiocaps=2 msd=1"
    done = subprocess.run(
        words,
        cwd=RECIPE,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    weights = (tmp_path / "data/train/utt2weight").read_text().splitlines()
    found = dict(line.split() for line in weights)
    assert found["audiocaps-Ybbbbbbbbbbb"] == "2"
    assert {w for key, w in found.items() if key.startswith("msd-")} == {"1"}
    held = TREES["audiocaps"].clips["test"]
    text = (tmp_path / "data/test/text").read_text().splitlines()
    assert [line.split()[0] for line in text] == list(held)


def test_labels_and_transcripts_of_some_corpora_are_kept(script, tables, capsys):
    head = "id\taudio\tcaption\tlabel\ttranscript\n"
    for name in ("one", "two"):
        row = f"x\ta.wav\ta {name}\t{name}\thello\n"
        (tables / f"{name}.tsv").write_text(head + row)
    both = ("--add", "a", 1, tables / "one.tsv", "--add", "b", 1, tables / "two.tsv")
    rows = mix(script, tables, *both, "--labels_of", "a", "--transcripts_of")
    assert [(row.label, row.transcript) for row in rows] == [("one", ""), ("", "")]
    assert {row.label for row in mix(script, tables, *both)} == {"one", "two"}
    with pytest.raises(SystemExit):
        mix(script, tables, *both, "--labels_of", "c")
    assert "--labels_of c: --add names no corpus" in capsys.readouterr().err
