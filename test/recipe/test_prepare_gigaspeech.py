"""Tables of GigaSpeech are made from a small corpus with the published layout."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.files.clip_table import read_table

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "egs2" / "audioldm2" / "local" / "prepare_gigaspeech.py"
NAMES = ("train", "valid", "test")
ALL = ["{XL}", "{L}", "{M}", "{S}", "{XS}"]


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("prepare_gigaspeech", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def segment(sid, start, end, text, subsets):
    return {
        "sid": sid,
        "speaker": "N/A",
        "begin_time": start,
        "end_time": end,
        "text_tn": text,
        "subsets": subsets,
    }


def audio(aid, source, segments):
    return {
        "title": 'A "quoted" title',
        "url": "N/A",
        "path": f"audio/{source}/P0001/{aid}.opus",
        "aid": aid,
        "source": source,
        "codec": "opus",
        "channels": 1,
        "md5": "0",
        "speaker": "N/A",
        "sample_rate": 16000,
        "segments": segments,
    }


AUDIOS = [
    audio(
        "AUD0000000001",
        "audiobook",
        [
            segment("AUD1_S0", 0.5, 1.0, "AS SOON AS <COMMA> HE SAW <PERIOD>", ALL),
            segment("AUD1_S1", 1.0, 1.5, "<SIL>", ALL),
            segment("AUD1_S2", 1.0, 1.5, "WHO <QUESTIONMARK>", ["{XL}"]),
            segment("AUD1_S3", 0.0, 12.5, "TOO LONG A SEGMENT", ALL),
        ],
    ),
    audio(
        "POD0000000001",
        "podcast",
        [
            segment("POD1_S0", 0.0, 1.25, "NO <EXCLAMATIONPOINT> IT'S U S", ["{DEV}"]),
            segment("POD1_S1", 0.0, 1.25, "<MUSIC>", ["{DEV}"]),
        ],
    ),
    audio(
        "YOU0000000001",
        "youtube",
        [
            segment(f"YOU1_S{n}", n / 8, 1.0, f"NUMBER {n}", ["{TEST}"])
            for n in range(6)
        ],
    ),
]


def write(folder, audios):
    content = {"dataset": "GigaSpeech", "version": "v1.0.0", "audios": audios}
    text = json.dumps(content, indent=2)
    (folder / "GigaSpeech.json").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "corpus"
    for entry in AUDIOS:
        path = folder / entry["path"]
        path.parent.mkdir(parents=True)
        wave = 0.1 * np.sin(np.arange(32000) / 9)
        soundfile.write(path, wave, 16000, format="OGG", subtype="OPUS")
    return write(folder, AUDIOS)


def prepare(script, corpus, output, *options):
    script.main(["--corpus", str(corpus), "--output_dir", str(output), *options])
    return {name: read_table(output / f"{name}.tsv") for name in NAMES}


def warnings(log):
    return [line for line in log.splitlines() if "WARNING" in line]


def test_sets_are_the_subset_dev_and_test(script, corpus, tmp_path):
    tables = prepare(script, corpus, tmp_path / "xl")
    assert [row.id for row in tables["train"]] == ["AUD1_S0", "AUD1_S2"]
    assert [row.id for row in tables["valid"]] == ["POD1_S0"]
    assert [row.id for row in tables["test"]] == [f"YOU1_S{n}" for n in range(6)]
    small = prepare(script, corpus, tmp_path / "xs", "--subset", "XS")
    assert [row.id for row in small["train"]] == ["AUD1_S0"]


def test_tags_become_punctuation_and_capitals_small_letters(script, corpus, tmp_path):
    tables = prepare(script, corpus, tmp_path / "tables")
    said = {row.id: row.transcript for rows in tables.values() for row in rows}
    assert said["AUD1_S0"] == "as soon as, he saw."
    assert said["AUD1_S2"] == "who?"
    assert said["POD1_S0"] == "no! it's u s"


def test_segments_without_words_or_longer_than_a_clip_are_counted_and_dropped(
    script, corpus, tmp_path, capsys
):
    prepare(script, corpus, tmp_path / "tables")
    log = capsys.readouterr().err
    assert not warnings(log)
    assert "left out, without words: 2" in log
    assert "left out, longer than 10.24 s: 1" in log


def test_rows_name_the_part_of_the_recording_and_the_source(script, corpus, tmp_path):
    tables = prepare(script, corpus, tmp_path / "tables")
    row = tables["train"][0]
    assert (row.start, row.end, row.speaker) == (0.5, 1.0, "")
    assert row.audio == corpus / AUDIOS[0]["path"]
    captions = [tables[name][0].caption for name in NAMES]
    assert captions == [
        script.CAPTIONS[name] for name in ("audiobook", "podcast", "youtube")
    ]


def test_tables_lead_to_clips_of_opus_recordings(script, corpus, tmp_path):
    from espnet2.gen_audio.bin import format_audio, prepare_table

    prepare(script, corpus, tmp_path / "tables")
    table = str(tmp_path / "tables" / "train.tsv")
    prepare_table.main(["--table", table, "--output_dir", str(tmp_path / "data")])
    format_audio.main(
        ["--data_dir", str(tmp_path / "data"), "--output_dir", str(tmp_path / "raw")]
    )
    info = soundfile.info(tmp_path / "raw" / "audio" / "AUD1_S0.flac")
    assert (info.frames, info.samplerate) == (8000, 16000)
    assert "as soon as, he saw." in (tmp_path / "raw" / "transcript").read_text()


def test_evaluation_sets_can_be_thinned_evenly(script, corpus, tmp_path):
    tables = prepare(script, corpus, tmp_path / "tables", "--eval_clips", "3")
    assert [row.id for row in tables["test"]] == ["YOU1_S0", "YOU1_S2", "YOU1_S4"]
    assert len(tables["valid"]) == 1 and len(tables["train"]) == 2


FAULTS = [
    (lambda a: a[0]["segments"][0].update(text_tn="A <TAG>"), "tag <TAG>", "AUD1_S0"),
    (lambda a: a[0]["segments"][0].pop("text_tn"), "no 'text_tn'", "AUD1_S0"),
    (lambda a: a[0]["segments"][0].pop("subsets"), "no 'subsets'", "AUD1_S0"),
    (lambda a: a[0]["segments"][0].update(end_time="1.0"), "another kind", "AUD1_S0"),
    (lambda a: a[0]["segments"][0].update(end_time=0.5), "begins at 0.5", "AUD1_S0"),
    (lambda a: a.append(a[0]), "occurs twice", "AUD0000000001"),
    (lambda a: a[0]["segments"].append(a[0]["segments"][2]), "twice", "AUD1_S2"),
    (lambda a: a[0].pop("segments"), "no 'segments'", "AUD0000000001"),
    (lambda a: a.append(audio("X", "podcast", AUDIOS[0]["segments"])), "no /", "X"),
]


@pytest.mark.parametrize("spoil, message, name", FAULTS)
def test_what_is_faulty_is_named_with_file_line_and_id_and_left_out(
    script, corpus, tmp_path, capsys, spoil, message, name
):
    content = json.loads((corpus / "GigaSpeech.json").read_text())
    audios = content["audios"]
    extra = segment("AUD2_S0", 0.0, 1.0, "A GOOD ONE", ALL)
    good = audio("AUD2", "audiobook", [extra]) | {"path": AUDIOS[0]["path"]}
    spoil(audios)
    write(corpus, [*audios, good])
    tables = prepare(script, corpus, tmp_path / "tables")
    (told,) = warnings(capsys.readouterr().err)
    assert message in told and f"id {name}" in told
    line = int(told.split(", line ")[1].split(",")[0])
    shown = (corpus / "GigaSpeech.json").read_text().split("\n")[line - 1]
    assert f'"{name}"' in shown
    assert "AUD2_S0" in [row.id for row in tables["train"]]
    ids = [row.id for rows in tables.values() for row in rows]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    "spoil, message",
    [
        (lambda path: path.unlink(), "set GIGASPEECH in db.sh"),
        (lambda path: path.write_text(path.read_text()[:-40]), "download it again"),
        (lambda path: path.write_text('{"audios": []}'), "no usable segment of XL"),
    ],
)
def test_an_unusable_file_ends_in_one_line_and_leaves_no_table(
    script, corpus, tmp_path, capsys, spoil, message
):
    spoil(corpus / "GigaSpeech.json")
    with pytest.raises(SystemExit):
        prepare(script, corpus, tmp_path / "tables")
    assert message in capsys.readouterr().err.strip().splitlines()[-1]
    assert not list(tmp_path.glob("tables/*.tsv"))
