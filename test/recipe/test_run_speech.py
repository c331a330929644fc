"""run_<corpus>.sh makes data folders from speech corpora on disk."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

RECIPE = Path(__file__).parents[2] / "egs2" / "audioldm2"


@pytest.fixture(scope="module")
def ljspeech(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lj") / "LJSpeech-1.1"
    (folder / "wavs").mkdir(parents=True)
    lines = [f"LJ001-000{n}|No. {n}|Number {n}\n" for n in range(4)]
    (folder / "metadata.csv").write_text("".join(lines))
    for n in range(4):
        soundfile.write(folder / "wavs" / f"LJ001-000{n}.wav", np.ones(2205), 22050)
    return folder


@pytest.fixture(scope="module")
def gigaspeech(tmp_path_factory):
    folder = tmp_path_factory.mktemp("giga")
    wave = np.zeros(32000)
    soundfile.write(folder / "P.opus", wave, 16000, format="OGG", subtype="OPUS")
    segments = [
        {
            "sid": f"S{n}",
            "begin_time": n / 4,
            "end_time": n / 4 + 0.25,
            "text_tn": f"NUMBER {n} <PERIOD>",
            "subsets": subsets,
        }
        for n, subsets in enumerate((["{XL}"], ["{XL}", "{XS}"], ["{DEV}"], ["{TEST}"]))
    ]
    audio = {"aid": "P", "path": "P.opus", "source": "podcast", "segments": segments}
    (folder / "GigaSpeech.json").write_text(json.dumps({"audios": [audio]}))
    return folder


def run(script, work, *options, **corpora):
    words = [f"./{script}", "--stop_stage", "1"]
    for name in ("data", "dump", "exp"):
        words += [f"--{name}dir", str(work / name)]
    result = subprocess.run(
        [*words, *map(str, options)],
        cwd=RECIPE,
        env=os.environ | {name: str(path) for name, path in corpora.items()},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.returncode, result.stdout + result.stderr


def said(work, name):
    return (work / "data" / name / "transcript").read_text().splitlines()


def test_ljspeech_becomes_data_folders_and_is_up_to_date_afterwards(ljspeech, tmp_path):
    options = ["--local_data_opts", "--held_out 1"]
    for folder in (ljspeech, ljspeech.parent):
        status, log = run("run_ljspeech.sh", tmp_path, *options, LJSPEECH=folder)
        assert status == 0, log
    assert said(tmp_path, "train") == ["LJ001-0000 Number 0", "LJ001-0001 Number 1"]
    assert said(tmp_path, "valid") == ["LJ001-0002 Number 2"]
    assert said(tmp_path, "test") == ["LJ001-0003 Number 3"]
    _, log = run("run_ljspeech.sh", tmp_path, *options, LJSPEECH=ljspeech.parent)
    assert "prepare_ljspeech: up to date" in log


def test_gigaspeech_becomes_data_folders_of_the_subset_asked_for(gigaspeech, tmp_path):
    status, log = run("run_gigaspeech.sh", tmp_path, GIGASPEECH=gigaspeech)
    assert status == 0, log
    assert said(tmp_path, "train") == ["S0 number 0.", "S1 number 1."]
    options = ["--local_data_opts", "--subset XS"]
    status, log = run("run_gigaspeech.sh", tmp_path, *options, GIGASPEECH=gigaspeech)
    assert status == 0, log
    assert said(tmp_path, "train") == ["S1 number 1."]
    segments = (tmp_path / "data" / "train" / "segments").read_text()
    assert segments == "S1 S1 0.250000 0.500000\n"


def test_a_corpus_that_is_not_there_is_told_with_the_variable_to_set(tmp_path):
    status, log = run("run_gigaspeech.sh", tmp_path, GIGASPEECH="")
    assert status == 1 and "GIGASPEECH is empty; set it in db.sh" in log
    status, log = run("run_ljspeech.sh", tmp_path, LJSPEECH=tmp_path)
    assert status == 1 and "set LJSPEECH in db.sh" in log


def test_an_earlier_run_without_the_parts_that_hear_is_refused(ljspeech, tmp_path):
    (tmp_path / "earlier" / "vae_a").mkdir(parents=True)
    options = ["--init_from_expdir", tmp_path / "earlier"]
    options += ["--local_data_opts", "--held_out 1"]
    status, log = run("run_ljspeech.sh", tmp_path, *options, LJSPEECH=ljspeech)
    assert status == 1
    assert "must contain one folder audiomae_*" in log
    assert not (tmp_path / "data" / "train").exists()
