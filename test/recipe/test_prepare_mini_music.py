"""The small music corpus has separate tracks, and captions that state their facts."""

import csv
import importlib.util
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import soundfile

RECIPE = Path(__file__).resolve().parents[2] / "egs2" / "audioldm2"
SETS = ("train", "valid", "test")
# mood, kind -> names of tracks, beats per minute, key
GROUPS = {
    ("calm", "acoustic"): (("1", "2", "s5"), 68, "C major"),
    ("calm", "electronic"): (("1", "s4"), 72, "Bb minor"),
    ("happy", "acoustic"): (("1", "2"), 110, "E major"),
    ("happy", "electronic"): (("1", "2"), 123, "F major"),
}
FACTS = {
    f"{mood}_{kind}_{name}": (mood, kind, str(bpm), key)
    for (mood, kind), (names, bpm, key) in GROUPS.items()
    for name in names
}
SECONDS = 5.3  # of a track: 5 training cuts, or 2 of the other sets


def load(name):
    path = RECIPE / "local" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def script():
    return load("prepare_mini_music")


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("package")
    lines, noise = ["All music in this directory ...", ""], np.random.default_rng(0)
    for name, (mood, kind, bpm, key) in FACTS.items():
        lines.append(f"  {name}.opus   {bpm} bpm  {key}   seed 1  [{kind}]")
        path = folder / "tracks" / mood / f"{name}.opus"
        path.parent.mkdir(parents=True, exist_ok=True)
        wave = 0.1 * noise.standard_normal((int(SECONDS * 48000), 2))
        soundfile.write(path, wave, 48000, format="OGG", subtype="OPUS")
    (folder / "LICENSE-MUSIC").write_text("\n".join(lines))
    return folder


@pytest.fixture(scope="module")
def corpus(script, package, tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    script.main(["--package", str(package), "--output_dir", str(folder)])
    return folder


@pytest.fixture(scope="module")
def tables(corpus):
    found = {}
    for name in SETS:
        with (corpus / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
            found[name] = list(csv.DictReader(file, delimiter="\t"))
    return found


def track_of(row):
    return Path(row["audio"]).stem


def test_each_mood_has_one_track_for_test_and_another_for_validation(tables):
    tracks = {name: {track_of(row) for row in rows} for name, rows in tables.items()}
    assert tracks["test"] == {"calm_acoustic_s5", "happy_electronic_2"}
    assert tracks["valid"] == {"calm_electronic_s4", "happy_acoustic_2"}
    assert tracks["train"] == set(FACTS) - tracks["test"] - tracks["valid"]


def test_cuts_have_the_length_of_a_clip_and_end_before_their_track(tables, corpus):
    for name, rows in tables.items():
        starts = defaultdict(set)
        for row in rows:
            info = soundfile.info(corpus / row["audio"])
            assert (info.samplerate, info.channels) == (16000, 1)
            assert float(row["end"]) - float(row["start"]) == pytest.approx(2.56)
            assert float(row["end"]) <= info.duration
            starts[row["audio"]].add(float(row["start"]))
        wanted = [0, 0.64, 1.28, 1.92, 2.56] if name == "train" else [0, 2.56]
        assert all(sorted(found) == wanted for found in starts.values())


def test_a_caption_says_nothing_that_is_not_stated_of_its_track(tables):
    moods, kinds, tempos, keys = (set(column) for column in zip(*FACTS.values()))
    stated = 0
    for row in (row for rows in tables.values() for row in rows):
        facts = FACTS[track_of(row)]
        assert row["label"] == facts[1]
        said = set(re.findall(r"[A-G]b? (?:major|minor)|\w+", row["caption"]))
        said &= moods | kinds | tempos | keys
        assert said <= set(facts), row["caption"]
        speeds = {"slow": facts[0] == "calm", "fast": facts[2] == "123"}
        assert all(
            right or word not in row["caption"] for word, right in speeds.items()
        )
        stated += len(said)
    assert stated > sum(len(rows) for rows in tables.values())


def test_no_caption_is_in_two_sets_and_training_cuts_have_three(tables):
    captions = {name: {r["caption"] for r in rows} for name, rows in tables.items()}
    assert not captions["train"] & (captions["valid"] | captions["test"])
    assert not captions["valid"] & captions["test"]
    of_cut = defaultdict(set)
    for row in tables["train"]:
        of_cut[row["id"]].add(row["caption"])
    assert {len(found) for found in of_cut.values()} == {3}


def test_a_bright_sound_and_sharp_attacks_are_told_from_their_contraries(script):
    time = np.arange(40960) / 16000
    low, high = (np.sin(2 * np.pi * hertz * time) for hertz in (200, 4000))
    struck = high * np.exp(-20 * (time % 0.25))
    measures = [script.Cut(0.0, *script.measure(wave)) for wave in (low, high, struck)]
    assert measures[0].brightness == pytest.approx(200, abs=40)
    assert measures[1].brightness == pytest.approx(4000, abs=40)
    assert measures[2].attack > 3 * measures[1].attack
    limits = np.array([[1000, measures[1].attack], [3000, 2 * measures[1].attack]])
    assert script.words_of(measures[0]._replace(attack=0), limits) == [
        "dark sound",
        "soft attacks",
    ]
    assert script.words_of(measures[2], limits) == ["bright sound", "sharp attacks"]


def test_a_second_run_writes_the_same_tables_and_keeps_the_sounds(
    script, package, corpus
):
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in corpus.rglob("*.*")}
    script.main(["--package", str(package), "--output_dir", str(corpus)])
    for path, (content, written) in before.items():
        assert path.read_bytes() == content
        assert path.suffix == ".tsv" or path.stat().st_mtime_ns == written


def test_the_tables_can_be_mixed_with_those_of_other_corpora(corpus, tmp_path):
    mixed = tmp_path / "mixed.tsv"
    add = ("--add", "music", "2", str(corpus / "train.tsv"))
    other = ("--add", "effects", "1", str(RECIPE / "corpus" / "test.tsv"))
    load("mix_tables").main(["--output", str(mixed), *add, *other])
    text = mixed.read_text(encoding="utf-8")
    assert "music-calm_acoustic_1_00\t" in text and "effects-" in text


@pytest.mark.parametrize(
    "text, message",
    [(None, "there is no LICENSE-MUSIC in"), ("All music", "describes no track")],
)
def test_a_folder_without_the_package_ends_in_one_line(
    script, tmp_path, capsys, text, message
):
    if text:
        (tmp_path / "LICENSE-MUSIC").write_text(text)
    words = ["--package", str(tmp_path), "--output_dir", str(tmp_path / "out")]
    with pytest.raises(SystemExit):
        script.main(words)
    assert message in capsys.readouterr().err


def test_the_recipe_takes_these_tables_and_knows_the_tracks(corpus, tmp_path):
    words = ["./run_mini_music.sh", "--stop_stage", "1"]
    for folder in ("data", "dump", "exp"):
        words += [f"--{folder}dir", str(tmp_path / folder)]
    result = subprocess.run(
        words,
        cwd=RECIPE,
        env=os.environ
        | {"MINI_MUSIC": str(corpus)}
        | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    lines = (tmp_path / "data" / "test" / "utt2recording").read_text().splitlines()
    recordings = dict(line.split() for line in lines)
    assert len(recordings) == 4 and len(set(recordings.values())) == 2
