"""Recordings of a run: floor, channel of copying, kinds that cannot be learnt."""

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.metrics.clip_features import FeatureReader
from espnet2.gen_audio.metrics.recordings import Recordings, read_answers
from espnet2.gen_audio.metrics.rows import score_row

GEOMETRY = ClipGeometry(seconds=0.64, downsample=8)
KINDS = {"low": 5.0, "high": 0.7}  # samples a radian


class Bands:
    """An embedding: energy in four bands of the spectrum."""

    name, version, rate, size = "bands", "1", 16000, 4

    def __call__(self, wave, rate):
        spectrum = np.abs(np.fft.rfft(wave))
        return np.array([[part.mean() for part in np.array_split(spectrum, 4)]])


def make_set(folder, prefix, per_kind=4, seed=0, kinds=tuple(KINDS), noise=0.02):
    """Write tones of two pitches, two captions a recording."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    tables = {"wav.scp": "", "utt2label": "", "utt2recording": "", "text": ""}
    for kind in kinds:
        for number in range(per_kind):
            recording = f"{prefix}_{kind}{number}"
            phase = np.arange(GEOMETRY.samples) / KINDS[kind] * rng.uniform(0.9, 1.1)
            wave = np.sin(phase) * 0.3 + rng.normal(0, noise, GEOMETRY.samples)
            soundfile.write(folder / f"{recording}.wav", wave, 16000)
            for copy in ("", "b"):
                clip = recording + copy
                tables["wav.scp"] += f"{clip} {folder / recording}.wav\n"
                tables["utt2label"] += f"{clip} {kind}\n"
                tables["utt2recording"] += f"{clip} {recording}\n"
                tables["text"] += f"{clip} a {kind} tone\n"
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


def test_all_judges_are_fitted_where_all_is_given(folders, rebuilt):
    recordings = read(folders, rebuilt)
    scene = recordings.scene((4, 209), 20, 0)
    assert set(scene.judges.facts) == {"judge_train", "judge_heldout", "judge_raw"}
    assert scene.judges.facts["judge_heldout"]["recordings"] == 8
    reader = FeatureReader(Bands(), GEOMETRY)
    rows = [score_row(a, scene)[0] for a in recordings.answers(reader)]
    assert [row["name"] for row in rows] == ["recordings", "reconstructions"]
    assert rows[1]["judge_train"]["value"] > 0.8 < rows[1]["judge_heldout"]["value"]
    assert rows[1]["mel_distance"]["value"] > 0
    assert len(scene.reference.ids) == 8  # one of each recording


def test_copying_compares_within_one_channel(folders, rebuilt):
    both = read(folders, rebuilt).scene((4, 209), 20, 0)
    raw = read(folders, {"test": rebuilt["test"]}).scene((4, 209), 20, 0)
    assert both.train.digests != raw.train.digests
    np.testing.assert_array_equal(raw.train.embedding[0], raw.train.embedding[1])


def test_the_floor_is_the_distance_of_other_recordings(folders):
    recordings = read(folders)
    scene = recordings.scene((4, 209), 20, 0)
    row = {"name": "recordings", "copying": 1}
    recordings.set_floor(row, scene)
    assert row["frechet_distance"]["clips"] == [8, 8] and "copying" not in row


def test_without_labels_there_are_distances_only(folders, tmp_path):
    plain = make_set(tmp_path / "plain", "p")
    (plain / "utt2label").unlink()
    recordings = read({"test": plain, "train": None})
    scene = recordings.scene((4, 209), 20, 0)
    assert not scene.judges.whole and not scene.judges.left_out
    assert scene.train is None


def test_a_kind_that_was_never_trained_is_refused(folders, tmp_path):
    lows = make_set(tmp_path / "lows", "r", kinds=("low",))
    with pytest.raises(ValueError, match="kind high"):
        read({"test": folders["test"], "train": lows})


def test_reconstructions_of_another_set_are_refused(folders, rebuilt):
    with pytest.raises(ValueError, match="which is not in"):
        read(folders, {"test": rebuilt["train"]})


def test_only_clips_made_from_recordings_get_a_mel_distance(folders, rebuilt):
    recordings = read(folders, rebuilt)
    reader = FeatureReader(Bands(), GEOMETRY)
    wavs = {"0": recordings.test.wavs}
    own = read_answers("x", wavs, recordings.test, reader, own=True)
    assert own.mel_l1["0"].tolist() == [0.0] * 16
    assert read_answers("x", wavs, recordings.test, reader, own=False).mel_l1 is None
