"""The embedded corpus is complete, and its test set is held out."""

import csv
import itertools
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import soundfile

CORPUS = Path(__file__).resolve().parents[2] / "egs2" / "audioldm2" / "corpus"
KINDS = {
    "ambient",
    "animal",
    "bass",
    "cymbal",
    "hi-hat",
    "kick",
    "loop",
    "robot",
    "tabla",
    "tom",
}
SETS = ("train", "valid", "test")
RATE = 16000


def rows_of(name):
    with (CORPUS / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def tables():
    return {name: rows_of(name) for name in SETS}


def test_the_corpus_stays_below_five_megabytes():
    size = sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file())
    assert size < 5e6


def test_every_recording_is_audible_mono_of_16_khz_and_used(tables):
    used = {row["audio"] for rows in tables.values() for row in rows}
    there = {f"audio/{path.name}" for path in (CORPUS / "audio").iterdir()}
    assert used == there
    for name in sorted(used):
        wave, rate = soundfile.read(CORPUS / name, always_2d=True)
        assert rate == RATE and wave.shape[1] == 1, name
        assert 0.3 < np.abs(wave).max() < 0.7, name  # a peak of 0.5 before Vorbis


def test_segments_lie_within_their_recordings(tables):
    for row in itertools.chain.from_iterable(tables.values()):
        if row["end"]:
            seconds = soundfile.info(CORPUS / row["audio"]).duration
            assert 0 <= float(row["start"]) < float(row["end"]) <= seconds + 1e-3


def test_ids_are_unique_file_names_in_c_order(tables):
    for rows in tables.values():
        ids = [row["id"] for row in rows]
        assert ids == sorted(set(ids))
        assert all(name.replace("_", "").isalnum() and name.isascii() for name in ids)


def test_no_recording_stands_in_two_sets(tables):
    files = {name: {row["audio"] for row in rows} for name, rows in tables.items()}
    for one, other in itertools.combinations(SETS, 2):
        assert not files[one] & files[other]


def test_no_caption_of_one_set_stands_in_another(tables):
    captions = {
        name: {" ".join(row["caption"].lower().split()) for row in rows}
        for name, rows in tables.items()
    }
    for one, other in itertools.combinations(SETS, 2):
        assert not captions[one] & captions[other]


def test_all_kinds_stand_in_all_sets_and_evenly(tables):
    for name, rows in tables.items():
        count = defaultdict(int)
        for row in rows:
            count[row["label"]] += 1
        unjudged = count.pop("", 0)
        assert set(count) == KINDS
        assert max(count.values()) <= 1.5 * min(count.values())
        assert unjudged <= min(count.values())
    assert len(tables["test"]) >= 80


def test_every_kind_is_tested_on_three_recordings(tables):
    recordings = defaultdict(set)
    for row in tables["test"]:
        recordings[row["label"]].add(row["audio"])
    assert min(len(names) for names in recordings.values()) >= 3


def test_every_training_recording_has_several_wordings(tables):
    captions = defaultdict(list)
    for row in tables["train"]:
        captions[row["audio"]].append(row["caption"])
    for name, wordings in captions.items():
        assert len(set(wordings)) >= 3, name


def test_speech_has_its_words_and_nothing_else_has(tables):
    for row in itertools.chain.from_iterable(tables.values()):
        assert bool(row["transcript"]) == row["id"].startswith("ls_")


def test_no_test_recording_nearly_repeats_a_training_recording(tables):
    # The similarity is 1 for a shifted copy, 0.7 to 0.9 for soft and hard strokes of a
    # drum, and 0.6 for kick drums of different makers.
    by_kind = {
        name: {(row["label"], row["audio"]) for row in tables[name]} for name in SETS
    }
    spectra = {}

    def spectrum(name):
        if name not in spectra:
            wave = soundfile.read(CORPUS / name, dtype="float32")[0]
            spectra[name] = np.fft.rfft(wave / np.linalg.norm(wave), 1 << 18)
        return spectra[name]

    for kind, tested in sorted(by_kind["test"]):
        for other, trained in sorted(by_kind["train"] | by_kind["valid"]):
            if other == kind:
                product = spectrum(tested) * spectrum(trained).conj()
                alike = np.abs(np.fft.irfft(product)).max()
                assert alike < 0.7, f"{tested} and {trained}: {alike:.2f}"


def test_every_recording_is_listed_with_its_source():
    text = (CORPUS / "SOURCES.md").read_text(encoding="utf-8")
    for path in (CORPUS / "audio").iterdir():
        assert f"`{path.stem}`" in text, path.stem
