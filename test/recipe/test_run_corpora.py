"""run_<corpus>.sh makes data folders from published corpora on disk."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from corpus_trees import TREES, sound  # noqa: E402

RECIPE = Path(__file__).parents[2] / "egs2" / "audioldm2"


def run(name, corpus, work, *options, stop=1):
    words = [f"./run_{name}.sh", "--stop_stage", str(stop)]
    for folder in ("data", "dump", "exp"):
        words += [f"--{folder}dir", str(work / folder)]
    if TREES[name].options:
        words += ["--local_data_opts", " ".join(TREES[name].options)]
    result = subprocess.run(
        [*words, *options],
        cwd=RECIPE,
        env=os.environ | {name.upper(): str(corpus)},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.returncode, result.stdout + result.stderr


@pytest.mark.parametrize("name", ["clotho", "mtg_jamendo", "libritts"])
def test_a_corpus_becomes_data_folders(name, tmp_path):
    tree = TREES[name]
    tree.write(tmp_path / "corpus")
    status, log = run(name, tmp_path / "corpus", tmp_path)
    assert status == 0, log
    for each, clips in tree.clips.items():
        lines = (tmp_path / "data" / each / "text").read_text().splitlines()
        assert dict(line.split(" ", 1) for line in lines) == {
            key: captions[0] for key, captions in clips.items()
        }


def test_missing_sounds_that_come_later_are_taken_by_the_same_command(tmp_path):
    corpus = tmp_path / "corpus"
    TREES["vggsound"].write(corpus)
    assert run("vggsound", corpus, tmp_path)[0] == 0
    sound(corpus / "audio/gone________000000.wav")
    status, log = run("vggsound", corpus, tmp_path)
    assert status == 0, log
    texts = [(tmp_path / f"data/{s}/text").read_text() for s in ("train", "valid")]
    assert "Ygone________000000" in "".join(texts)
    status, log = run("vggsound", corpus, tmp_path)
    assert "prepare_vggsound: up to date" in log


def test_every_corpus_has_its_command_and_its_place():
    scripts = {path.stem for path in (RECIPE / "local").glob("prepare_*.py")}
    for name in TREES:
        assert f"prepare_{name}" in scripts
        command = (RECIPE / f"run_{name}.sh").read_text()
        assert f"local/corpus_tables.sh {name} " in command
        assert f"{name.upper()}=" in (RECIPE / "db.sh").read_text()
    tables = (RECIPE / "local" / "corpus_tables.sh").read_text()
    assert not [name for name in TREES if name in tables.lower()]


def test_audiocaps_reaches_stage_5_with_one_sound_a_clip(tmp_path):
    corpus = tmp_path / "corpus"
    TREES["audiocaps"].write(corpus)
    status, log = run("audiocaps", corpus, tmp_path, "--num_units", "40", stop=4)
    assert status == 0, log
    for name, clips in TREES["audiocaps"].clips.items():
        folder = tmp_path / "dump/raw" / name
        sounds = dict(line.split() for line in (folder / "wav.scp").open())
        assert list(sounds) == list(clips)
        stored = list((tmp_path / "dump/raw/org" / name / "audio").iterdir())
        assert sorted(map(str, stored)) == sorted(sounds.values())
    several = (tmp_path / "dump/raw/train/utt2captions").read_text()
    assert several == "Ybbbbbbbbbbb A dog barks\tBarking quickly\n"
    units = (tmp_path / "dump/units/tokens.txt").read_text(encoding="utf-8")
    assert "q" in units  # only the second caption has it
