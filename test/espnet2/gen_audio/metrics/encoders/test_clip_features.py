"""Features of clips: preprocessed alike, computed once for each distinct sound."""

import numpy as np
import pytest
import soundfile
import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.metrics.encoders.clip_features import FeatureReader, read_clip

GEOMETRY = ClipGeometry(seconds=0.64, downsample=8)


class Counting:
    """An embedding of two numbers that counts its calls."""

    name, version, rate, size = "counting", "1", 16000, 2

    def __init__(self):
        self.calls = 0

    def __call__(self, wave, rate):
        self.calls += 1
        return np.array([[np.abs(wave).mean(), len(wave)], [0.0, 0.0]])


def write(path, wave, rate=16000):
    soundfile.write(path, wave, rate)
    return path


def noise(seed, samples=8000):
    return np.random.default_rng(seed).normal(0, 0.1, samples).clip(-1, 1)


def test_neither_level_nor_length_tells_clips_apart(tmp_path):
    tone = 0.1 * np.sin(np.arange(GEOMETRY.samples) / 9)
    soft = read_clip(write(tmp_path / "soft.wav", tone), GEOMETRY)
    loud = read_clip(write(tmp_path / "loud.wav", 5 * tone), GEOMETRY)
    long = read_clip(write(tmp_path / "long.wav", np.tile(tone, 3)), GEOMETRY)
    np.testing.assert_allclose(soft, loud, atol=1e-3)
    np.testing.assert_allclose(soft, long, atol=1e-3)
    assert np.abs(soft).max() == pytest.approx(0.5, abs=1e-5)


def test_a_short_clip_ends_in_true_silence(tmp_path):
    clip = read_clip(write(tmp_path / "a.wav", noise(0, 4000) + 0.2), GEOMETRY)
    assert len(clip) == GEOMETRY.samples and not clip[4000:].any()


def test_each_distinct_sound_is_computed_once_and_kept(tmp_path):
    wavs = {n: write(tmp_path / f"{n}.wav", noise(n == "c")) for n in "abc"}
    embedder, store = Counting(), tmp_path / "features.npz"
    reader = FeatureReader(embedder, GEOMETRY, store)
    first = reader.read(wavs, "test")
    assert embedder.calls == 2 and first.digests[0] == first.digests[1]
    reader.save()
    second = FeatureReader(embedder, GEOMETRY, store).read(wavs, "test")
    assert embedder.calls == 2
    np.testing.assert_array_equal(first.joint, second.joint)


def test_a_changed_file_or_geometry_is_computed_anew(tmp_path):
    path, store = write(tmp_path / "a.wav", noise(0)), tmp_path / "features.npz"
    embedder = Counting()
    reader = FeatureReader(embedder, GEOMETRY, store)
    reader.read({"a": path}, "test")
    reader.save()
    write(path, noise(1))
    FeatureReader(embedder, GEOMETRY, store).read({"a": path}, "test")
    assert embedder.calls == 2
    other = ClipGeometry(seconds=0.48, downsample=8)
    FeatureReader(embedder, other, store).read({"a": path}, "test")
    assert embedder.calls == 3


def test_a_damaged_store_costs_time_only(tmp_path):
    store = tmp_path / "features.npz"
    store.write_bytes(b"no archive")
    path = write(tmp_path / "a.wav", noise(0))
    reader = FeatureReader(Counting(), GEOMETRY, store)
    assert reader.read({"a": path}, "test").joint.shape == (1, sum(reader.blocks))


def test_threads_do_not_change_rows_or_their_order(tmp_path):
    wavs = {f"c{n}": write(tmp_path / f"{n}.wav", noise(n)) for n in range(6)}
    single = FeatureReader(Counting(), GEOMETRY).read(wavs, "test")
    double = FeatureReader(Counting(), GEOMETRY, num_threads=3).read(wavs, "test")
    assert single.ids == double.ids == list(wavs)
    np.testing.assert_array_equal(single.joint, double.joint)


def test_waves_and_files_of_the_same_sound_agree(tmp_path):
    path = write(tmp_path / "a.wav", noise(0))
    reader = FeatureReader(Counting(), GEOMETRY)
    by_file = reader.read({"a": path}, "test")
    by_wave = reader.from_waveforms({"a": read_clip(path, GEOMETRY)}, "test")
    np.testing.assert_array_equal(by_file.joint, by_wave.joint)


def test_rows_are_selected_by_id_and_may_repeat(tmp_path):
    wavs = {n: write(tmp_path / f"{n}.wav", noise(ord(n))) for n in "ab"}
    features = FeatureReader(Counting(), GEOMETRY).read(wavs, "test")
    chosen = features.select(["b", "a", "b"])
    assert chosen.ids == ["b", "a", "b"]
    np.testing.assert_array_equal(chosen.joint[0], features.joint[1])


def test_log_mels_come_one_a_file(tmp_path):
    paths = [write(tmp_path / f"{n}.wav", noise(n)) for n in range(2)]
    mels = FeatureReader(Counting(), GEOMETRY).log_mel(paths)
    assert mels.shape == (2, GEOMETRY.mel_frames, GEOMETRY.n_mels)
    assert torch.isfinite(mels).all()


def test_an_unusable_file_is_named(tmp_path):
    bad = tmp_path / "bad.wav"
    bad.write_text("this is text")
    with pytest.raises(ValueError, match="bad.wav"):
        FeatureReader(Counting(), GEOMETRY).read({"a": bad}, "test")


def test_sets_are_joined_and_renamed_row_by_row(tmp_path):
    wavs = {n: write(tmp_path / f"{n}.wav", noise(ord(n))) for n in "ab"}
    features = FeatureReader(Counting(), GEOMETRY).read(wavs, "test")
    other = features.renamed(["c", "d"])
    joined = features.join(other)
    assert joined.ids == ["a", "b", "c", "d"] and joined.digests[0] == joined.digests[2]
    np.testing.assert_array_equal(joined.select(["d"]).joint[0], features.joint[1])
