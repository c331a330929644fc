"""Features of clips: preprocessed alike, computed once for each distinct sound."""

import threading
import tracemalloc
import weakref
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.feats.mel import LogMel
from espnet2.gen_audio.feats.waveform import normalise_peak, read_waveform
from espnet2.gen_audio.metrics.encoders.clip_features import FeatureReader, read_clip
from espnet2.gen_audio.metrics.encoders.mel_statistics import mel_statistics
from espnet2.gen_audio.metrics.encoders.yamnet import Yamnet
from espnet2.gen_audio.metrics.functional.frechet import frechet_distance

CORPUS = Path(__file__).parents[5] / "egs2/audioldm2/corpus/audio"
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


def test_the_embedding_gets_the_sound_and_statistics_the_padded_clip(tmp_path):
    path = write(tmp_path / "a.wav", noise(0, 4000))
    features = FeatureReader(Counting(), GEOMETRY).read({"a": path}, "test")
    assert features.embedding[0, 1] == 4000 / 2  # the mean with the row of zeros
    log_mel = LogMel(GEOMETRY)(torch.from_numpy(read_clip(path, GEOMETRY))[None])[0]
    np.testing.assert_array_equal(features.statistics[0], mel_statistics(log_mel))


@pytest.mark.parametrize("samples", [4000, 4001, 9999])
@pytest.mark.parametrize("zeros", [1, 100, 3000, 20000])
def test_zeros_after_a_sound_change_nothing(tmp_path, samples, zeros):
    wave = noise(samples, samples) + 0.01
    padded = np.concatenate([wave, np.zeros(zeros)])
    wavs = {
        "a": write(tmp_path / "a.wav", wave),
        "b": write(tmp_path / "b.wav", padded),
    }
    features = FeatureReader(Counting(), GEOMETRY).read(wavs, "test")
    assert features.digests[0] == features.digests[1]
    np.testing.assert_array_equal(features.joint[0], features.joint[1])


def test_a_clip_of_full_length_is_embedded_as_it_always_was(tmp_path):
    wave = noise(3, GEOMETRY.samples)
    wave[-100:] = 0.0  # a few zeros are no padding
    path = write(tmp_path / "a.wav", wave)
    found = []

    class Keeping(Counting):
        def __call__(self, wave, rate):
            found.append(wave)
            return super().__call__(wave, rate)

    FeatureReader(Keeping(), GEOMETRY).read({"a": path}, "test")
    expected = normalise_peak(read_waveform(path, GEOMETRY.sample_rate))
    np.testing.assert_array_equal(found[0], expected)


def test_what_nobody_can_hear_is_silence_and_not_raised_to_full_level(tmp_path):
    rounding = np.random.default_rng(0).integers(-1, 2, 8000) / 32768 + 0.25
    clip = read_clip(write(tmp_path / "a.wav", rounding), GEOMETRY)
    assert len(clip) == GEOMETRY.samples and not clip.any()


def test_numbers_that_are_not_finite_are_no_silence(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.full(8000, np.nan, np.float32), 16000, "FLOAT")
    with pytest.raises(ValueError, match="a.wav"):
        read_clip(path, GEOMETRY)


@pytest.fixture(scope="module")
def short_clips(tmp_path_factory):
    """Return 2 to 3 s of recordings, of silence, and of recordings that are padded."""
    folder = tmp_path_factory.mktemp("short")
    sets = {"recordings": {}, "others": {}, "padded": {}, "quiet": {}, "silent": {}}
    usable = [path for path in sorted(CORPUS.glob("*.ogg")) if lasts(path, 2.0)][:48]
    for number, path in enumerate(usable):
        samples = 32000 + 300 * number
        wave = normalise_peak(read_waveform(path, 16000))[:samples]
        rest = np.zeros(163840 - len(wave))
        hiss = np.random.default_rng(number).uniform(-3e-4, 3e-4, len(rest))
        half = "others" if number % 2 else "recordings"
        sets[half][path.stem] = write(folder / f"{number}.wav", wave)
        if half == "recordings":
            for name, end in (("padded", rest), ("quiet", hiss)):
                longer = np.concatenate([wave, end])
                sets[name][path.stem] = write(folder / f"{name}{number}.wav", longer)
            silence = write(folder / f"silent{number}.wav", np.zeros(samples))
            sets["silent"][path.stem] = silence
    assert len(usable) == 48
    reader = FeatureReader(yamnet(), ClipGeometry())
    return {name: reader.read(wavs, name) for name, wavs in sets.items()}


def lasts(path, seconds):
    info = soundfile.info(path)
    return info.frames >= seconds * info.samplerate


def yamnet():
    for package in ("onnxruntime", "onnx"):
        pytest.importorskip(package, reason="YAMNet needs it")
    try:
        return Yamnet()
    except RuntimeError as error:
        pytest.skip(str(error))


def test_short_silent_clips_are_far_from_short_recordings(short_clips):
    """At the published 10.24 s; three quarters of each clip would be padding."""
    recordings = short_clips["recordings"].embedding
    silent = frechet_distance(short_clips["silent"].embedding, recordings).value
    others = frechet_distance(short_clips["others"].embedding, recordings).value
    assert silent > 40 and silent > 1.5 * others


def test_short_clips_score_alike_padded_with_zeros_and_with_a_faint_hiss(short_clips):
    recordings, others = short_clips["recordings"], short_clips["others"].embedding
    np.testing.assert_array_equal(recordings.joint, short_clips["padded"].joint)
    wanted = frechet_distance(recordings.embedding, others).value
    hissing = frechet_distance(short_clips["quiet"].embedding, others).value
    assert hissing == pytest.approx(wanted, rel=0.02)


class Waves(Mapping):
    """Waveforms that are made when they are looked up, and counted while they live."""

    def __init__(self, count):
        self.ids = [f"c{n}" for n in range(count)]
        self.living = self.most = 0
        self.lock = threading.Lock()

    def __len__(self):
        return len(self.ids)

    def __iter__(self):
        return iter(self.ids)

    def __getitem__(self, clip):
        wave = noise(int(clip[1:]), GEOMETRY.samples).astype(np.float32)
        with self.lock:
            self.living += 1
            self.most = max(self.most, self.living)
        weakref.finalize(wave, self.end)
        return wave

    def end(self):
        with self.lock:
            self.living -= 1


def test_no_more_waveforms_live_than_are_worked_on():
    waves = Waves(40)
    reader = FeatureReader(Counting(), GEOMETRY, num_threads=2)
    assert len(reader.from_waveforms(waves, "noise").ids) == 40
    assert waves.most <= 3  # one a thread, and one that is about to be given up


def test_features_are_held_once_and_stored_as_they_are(tmp_path):
    wavs = {f"c{n}": write(tmp_path / f"{n}.wav", noise(n)) for n in range(5)}
    reader = FeatureReader(Counting(), GEOMETRY, tmp_path / "features.npz")
    features = reader.read(wavs, "test")
    for key in features.digests:
        assert np.shares_memory(reader._known[key], features.embedding.base)
    reader.save()
    with np.load(tmp_path / "features.npz", allow_pickle=False) as saved:
        keys, rows = saved["keys"].tolist(), saved["features"]
    assert keys == sorted(features.digests) and rows.dtype == np.float64
    stored = dict(zip(keys, rows))
    for key, row in zip(features.digests, features.joint):
        np.testing.assert_array_equal(stored[key], row)


def test_storing_needs_no_second_copy_of_the_features(tmp_path):
    reader = FeatureReader(Counting(), GEOMETRY, tmp_path / "features.npz")
    rows = np.random.default_rng(0).random((3000, sum(reader.blocks)))
    reader._known = {f"{n:064d}": row for n, row in enumerate(rows)}
    reader._used = set(reader._known)
    tracemalloc.start()
    reader.save()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < rows.nbytes / 2  # names, 256 bytes each, and buffers
