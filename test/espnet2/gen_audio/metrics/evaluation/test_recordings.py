"""Recordings of a run: other recordings, channel of copying, unknown classes."""

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.metrics.encoders.clip_features import FeatureReader
from espnet2.gen_audio.metrics.evaluation.recordings import Recordings
from espnet2.gen_audio.metrics.evaluation.row_scorer import RowScorer
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS

GEOMETRY = ClipGeometry(seconds=0.64, downsample=8)
CLASSES = {"low": 5.0, "high": 0.7}  # samples a radian


class Bands:
    """An embedding: energy in four bands of the spectrum."""

    name, version, rate, size = "bands", "1", 16000, 4

    def __call__(self, wave, rate):
        spectrum = np.abs(np.fft.rfft(wave))
        return np.array([[part.mean() for part in np.array_split(spectrum, 4)]])


def make_set(folder, prefix, per_class=4, seed=0, classes=tuple(CLASSES), noise=0.02):
    """Write tones of two pitches, two captions a recording."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    tables = {"wav.scp": "", "utt2label": "", "utt2recording": "", "text": ""}
    for name in classes:
        for number in range(per_class):
            recording = f"{prefix}_{name}{number}"
            phase = np.arange(GEOMETRY.samples) / CLASSES[name] * rng.uniform(0.9, 1.1)
            wave = np.sin(phase) * 0.3 + rng.normal(0, noise, GEOMETRY.samples)
            soundfile.write(folder / f"{recording}.wav", wave, 16000)
            for copy in ("", "b"):
                clip = recording + copy
                tables["wav.scp"] += f"{clip} {folder / recording}.wav\n"
                tables["utt2label"] += f"{clip} {name}\n"
                tables["utt2recording"] += f"{clip} {recording}\n"
                tables["text"] += f"{clip} a {name} tone\n"
    for name, text in tables.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("sets")
    return {
        "train": make_set(root / "train", "r", seed=0),
        "test": make_set(root / "test", "t", seed=1),
    }


@pytest.fixture(scope="module")
def rebuilt(folders, tmp_path_factory):
    """Each recording with noise added, as a poor vocoder would."""
    root = tmp_path_factory.mktemp("rebuilt")
    result = {}
    for name, folder in folders.items():
        target = root / name
        target.mkdir()
        rng = np.random.default_rng(9)
        lines = []
        for line in (folder / "wav.scp").read_text().splitlines():
            clip, path = line.split()
            wave = soundfile.read(path)[0] + rng.normal(0, 0.05, GEOMETRY.samples)
            soundfile.write(target / f"{clip}.wav", wave / 2, 16000)
            lines.append(f"{clip} {target / clip}.wav\n")
        (target / "wav.scp").write_text("".join(lines))
        result[name] = target
    return result


def read(folders, rebuilt=None):
    return Recordings.read(folders, rebuilt or {}, 2, FeatureReader(Bands(), GEOMETRY))


def context_of(recordings):
    return recordings.context(FeatureReader(Bands(), GEOMETRY), 20, 0)


def test_all_probes_are_fitted_where_all_is_given(folders, rebuilt):
    recordings = read(folders, rebuilt)
    context = context_of(recordings)
    probes = context.probes.descriptions
    assert set(probes) == {"probe_train", "probe_heldout", "probe_raw"}
    assert probes["probe_heldout"]["recordings"] == 8
    scorer = RowScorer(SOUND_METRICS.all(), context)
    rows = [scorer.score(one)[0] for one in recordings.outputs(context.reader)]
    assert [row["name"] for row in rows] == ["recordings", "reconstructions"]
    assert rows[1]["probe_train"]["value"] > 0.8 < rows[1]["probe_heldout"]["value"]
    assert rows[1]["mel_distance"]["value"] > 0 and "mel_distance" not in rows[0]
    assert len(context.reference.ids) == 8  # one of each recording


def test_copying_compares_within_one_channel(folders, rebuilt):
    both = context_of(read(folders, rebuilt))
    raw = context_of(read(folders, {"test": rebuilt["test"]}))
    assert both.train.digests != raw.train.digests
    np.testing.assert_array_equal(raw.train.embedding[0], raw.train.embedding[1])


def test_the_row_of_the_recordings_has_the_distance_of_other_recordings(folders):
    recordings = read(folders)
    context = context_of(recordings)
    (own,) = recordings.outputs(context.reader)
    row, records = RowScorer(SOUND_METRICS.all(), context).score(own)
    assert row["frechet_distance"]["clips"] == [8, 8] and "copying" not in row
    assert records[0]["nearest_train"].startswith("r_")


def test_without_labels_there_are_distances_only(folders, tmp_path):
    plain = make_set(tmp_path / "plain", "p")
    (plain / "utt2label").unlink()
    context = context_of(read({"test": plain, "train": None}))
    assert not context.probes.probes and not context.probes.left_out
    assert context.train is None and context.other_recordings is None


def test_a_class_that_was_never_trained_is_refused(folders, tmp_path):
    lows = make_set(tmp_path / "lows", "r", classes=("low",))
    with pytest.raises(ValueError, match="class high"):
        read({"test": folders["test"], "train": lows})


def test_reconstructions_of_another_set_are_refused(folders, rebuilt):
    with pytest.raises(ValueError, match="which is not in"):
        read(folders, {"test": rebuilt["train"]})
