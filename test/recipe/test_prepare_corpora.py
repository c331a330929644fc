"""Preparation scripts of published corpora read small corpora with errors."""

import importlib.util
import sys
from pathlib import Path

import pytest

from espnet2.gen_audio.files.clip_table import read_table

sys.path.insert(0, str(Path(__file__).parent))

from corpus_trees import TREES  # noqa: E402

LOCAL = Path(__file__).resolve().parents[2] / "egs2" / "audioldm2" / "local"
SETS = ("train", "valid", "test")


def script_of(name):
    spec = importlib.util.spec_from_file_location(name, LOCAL / f"prepare_{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=TREES)
def prepared(request, tmp_path_factory):
    """Return the tree, its folder, the rows by set, and the lines of the log."""
    tree = TREES[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    tree.write(folder)
    with pytest.MonkeyPatch.context() as patch:
        lines = []
        patch.setattr(sys.stderr, "write", lambda text: lines.append(text))
        words = ["--corpus", str(folder), "--output_dir", str(folder / "tables")]
        script_of(request.param).main([*words, *tree.options])
    rows = {name: read_table(folder / "tables" / f"{name}.tsv") for name in SETS}
    return tree, folder, rows, "".join(lines).splitlines()


def test_splits_and_captions_are_those_of_the_lists(prepared):
    tree, _, rows, _ = prepared
    for name, clips in tree.clips.items():
        assert {row.id: row.captions for row in rows[name]} == clips


def test_every_row_has_a_sound_that_exists_and_is_its_own(prepared):
    tree, folder, rows, _ = prepared
    every = [row for name in SETS for row in rows[name]]
    assert all(row.audio.is_file() for row in every)
    assert len({row.audio for row in every}) == len(every)
    places = {row.id: str(row.audio.relative_to(folder)) for row in every}
    assert tree.sounds.items() <= places.items()


def test_a_sound_that_is_not_on_disk_is_listed_and_nothing_else(prepared):
    tree, folder, _, _ = prepared
    head, *lines = (folder / "tables" / "missing.tsv").read_text().splitlines()
    assert head == "set\tid\tfile"
    assert [line.split("\t")[1] for line in lines] == tree.missing


def test_each_fault_is_one_line_with_file_place_and_id(prepared):
    tree, _, _, log = prepared
    told = [line for line in log if "WARNING" in line]
    assert len(told) == len(tree.faults)
    for line, part in zip(told, tree.faults):
        assert part in line and line.endswith("; left out")


def test_counts_are_told_at_the_end(prepared):
    tree, _, rows, log = prepared
    for name in SETS:
        (line,) = [line for line in log if f"{name}.tsv: {len(rows[name])} of " in line]
        assert line.endswith("listed clips")
    without = [line for line in log if "left out, without sound: " in line]
    assert len(without) == (len(tree.missing) > 0)


def run(name, folder, *options):
    TREES[name].write(folder)
    words = ["--corpus", str(folder), "--output_dir", str(folder / "tables")]
    script_of(name).main([*words, *map(str, options)])
    return {s: read_table(folder / "tables" / f"{s}.tsv") for s in SETS}


def test_labels_of_vggsound_are_captions_and_classes(tmp_path):
    rows = run("vggsound", tmp_path, "--share", "0.4")
    every = {row.id: row for name in SETS for row in rows[name]}
    bird = every["Y---g-f_I2yQ_000001"]
    assert bird.caption == bird.label == "bird chirping, tweeting"
    assert len(every) == 4


def test_transcripts_and_readers_of_libritts_are_kept(tmp_path):
    rows = run("libritts", tmp_path, "--train", "train-clean-100")
    assert [(row.speaker, row.transcript) for row in rows["train"]] == [
        ("14", "Chapter one."),
        ("26", "He said: “Go!”"),
    ]


def test_a_blacklist_of_wavcaps_leaves_its_clips_out(tmp_path):
    listed = tmp_path / "json_files/blacklist/blacklist_exclude_test_ac.json"
    with_all = run("wavcaps", tmp_path, "--share", "0.2")
    rest = run("wavcaps", tmp_path, "--share", "0.2", "--exclude", listed)
    ids = [{row.id for s in SETS for row in rows[s]} for rows in (with_all, rest)]
    assert ids[0] - ids[1] == {"Yabcdefghijk", "freesound-7"}


def test_clips_of_another_table_are_left_out_of_audioset(tmp_path):
    rows = run("audioset", tmp_path, "--share", "0.4")
    assert "Yddddddddddd" in {row.id for row in rows["train"]}
    (tmp_path / "x.wav").write_bytes(b"x")
    other = tmp_path / "other.tsv"
    other.write_text("id\taudio\tcaption\nYddddddddddd\tx.wav\tc\n")
    rows = run("audioset", tmp_path, "--share", "0.4", "--exclude", other)
    assert "Yddddddddddd" not in {row.id for row in rows["train"]}


def test_a_corpus_that_is_not_there_leaves_older_tables(tmp_path, capsys):
    run("clotho", tmp_path)
    before = (tmp_path / "tables/train.tsv").read_text()
    with pytest.raises(SystemExit):
        words = ["--corpus", str(tmp_path), "--output_dir", str(tmp_path / "tables")]
        script_of("clotho").main([*words, "--audio", str(tmp_path / "none")])
    line = capsys.readouterr().err.strip().splitlines()[-1]
    assert "train would have none of its 3 listed clips" in line
    assert "first development/Distorted AM Radio noise.wav" in line
    assert (tmp_path / "tables/train.tsv").read_text() == before


@pytest.mark.parametrize("name", TREES)
def test_an_absent_list_ends_in_one_line(name, tmp_path, capsys):
    with pytest.raises(SystemExit):
        words = [
            "--corpus",
            str(tmp_path / "none"),
            "--output_dir",
            str(tmp_path / "o"),
        ]
        script_of(name).main(words)
    assert "there is no" in capsys.readouterr().err.strip().splitlines()[-1]
    assert not (tmp_path / "o" / "train.tsv").exists()
