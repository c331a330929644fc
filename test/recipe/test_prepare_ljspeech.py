"""Tables of LJSpeech are made from a small corpus with the published layout."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.files.clip_table import read_table

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "egs2" / "audioldm2" / "local" / "prepare_ljspeech.py"
LINES = [
    "LJ001-0001|Printing, in the only sense|Printing, in the only sense",
    'LJ001-0002|in being "comparatively modern|in being "comparatively modern',
    'LJ001-0003|Dr. Smith said" in 1455,|Doctor Smith said" in fourteen fifty-five,',
    "LJ001-0004|the raison d'être, “quoted”|the raison d'être, “quoted”",
    "LJ001-0005|third is empty|",
    "LJ002-0001|one\u2028text|one\u2028text",
]


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("prepare_ljspeech", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "LJSpeech-1.1"
    (folder / "wavs").mkdir(parents=True)
    for line in LINES:
        name = line.split("|")[0]
        soundfile.write(folder / "wavs" / f"{name}.wav", 0.1 * np.ones(2205), 22050)
    (folder / "metadata.csv").write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return folder


def prepare(script, corpus, output, *options):
    words = ["--corpus", str(corpus), "--output_dir", str(output), *options]
    script.main(words if "--held_out" in options else [*words, "--held_out", "1"])
    return {name: read_table(output / f"{name}.tsv") for name in NAMES}


NAMES = ("train", "valid", "test")


def test_transcripts_are_the_third_column_with_quotation_marks_as_they_stand(
    script, corpus, tmp_path
):
    tables = prepare(script, corpus.parent, tmp_path / "tables")
    said = {row.id: row.transcript for rows in tables.values() for row in rows}
    assert said["LJ001-0002"] == 'in being "comparatively modern'
    assert said["LJ001-0003"] == 'Doctor Smith said" in fourteen fifty-five,'
    assert said["LJ001-0004"] == "the raison d'être, “quoted”"
    assert said["LJ001-0005"] == "third is empty"
    assert said["LJ002-0001"] == "one text"
    assert len(said) == len(LINES)


def test_every_clip_has_sound_speaker_and_one_description(script, corpus, tmp_path):
    options = ["--caption", "a woman reads"]
    for rows in prepare(script, corpus, tmp_path / "tables", *options).values():
        for row in rows:
            assert row.audio == corpus / "wavs" / f"{row.id}.wav"
            assert (row.speaker, row.caption) == ("LJ", "a woman reads")


def test_the_last_ids_are_test_and_those_before_them_valid(script, corpus, tmp_path):
    path = corpus / "metadata.csv"
    path.write_text("\n".join(reversed(LINES)) + "\n", encoding="utf-8")
    tables = prepare(script, corpus, tmp_path / "tables", "--held_out", "2")
    ids = [line.split("|")[0] for line in LINES]
    found = [[row.id for row in tables[name]] for name in NAMES]
    assert found == [ids[:2], ids[2:4], ids[4:]]


def test_by_default_250_clips_are_valid_and_250_test_as_in_espnet(script):
    ids = [f"LJ{n:05d}" for n in range(13100)]
    sets = script.split(ids, script.HELD_OUT)
    assert [len(sets[name]) for name in NAMES] == [12600, 250, 250]
    assert sets["test"] == ids[-250:] and sets["valid"] == ids[-500:-250]


def test_what_cannot_be_used_is_named_and_moves_no_clip_into_another_set(
    script, corpus, tmp_path, capsys
):
    whole = prepare(script, corpus, tmp_path / "whole")
    (corpus / "wavs" / "LJ001-0002.wav").unlink()
    text = (corpus / "metadata.csv").read_text(encoding="utf-8")
    text = text.replace("LJ001-0001|", "LJ001-0001|a|", 1)
    (corpus / "metadata.csv").write_text(text + LINES[3] + "\n", encoding="utf-8")
    capsys.readouterr()
    tables = prepare(script, corpus, tmp_path / "part")
    assert [row.id for row in tables["train"]] == ["LJ001-0003", "LJ001-0004"]
    assert [tables[name] for name in NAMES[1:]] == [whole[name] for name in NAMES[1:]]
    log = capsys.readouterr().err
    told = [line for line in log.splitlines() if "WARNING" in line]
    assert len(told) == 3 and all("metadata.csv, line" in line for line in told)
    assert "line 1, id LJ001-0001: the line has 4 columns, not 3" in told[0]
    assert "line 2, id LJ001-0002: there is no" in told[1]
    assert "line 7, id LJ001-0004: line 4 has the same id already" in told[2]


@pytest.mark.parametrize(
    "options, message",
    [
        (["--held_out", "3"], "6 clips cannot be split with 3"),
        (["--corpus", "nowhere", "--held_out", "1"], "set LJSPEECH in db.sh"),
    ],
)
def test_impossible_requests_end_in_one_line(
    script, corpus, tmp_path, capsys, options, message
):
    with pytest.raises(SystemExit):
        prepare(script, corpus, tmp_path / "tables", *options)
    (line,) = capsys.readouterr().err.strip().splitlines()[-1:]
    assert message in line
    assert not (tmp_path / "tables" / "train.tsv").exists()
