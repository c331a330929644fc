"""One example on its way to the batch: length, level, randomness, refusals."""

import numpy as np
import pytest

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.preprocess.clip_preprocessor import ClipPreprocessor

MINI = ClipGeometry(seconds=0.64)
NOISE = np.random.default_rng(0).standard_normal(30000).astype(np.float32)


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("length", [100, MINI.samples, 30000])
def test_every_clip_gets_the_length_and_level_of_the_geometry(train, length):
    data = ClipPreprocessor(train, MINI)("a", {"audio": NOISE[:length] * 0.01})
    assert data["audio"].shape == (MINI.samples,)
    assert data["audio"].dtype == np.float32
    assert np.abs(data["audio"]).max() == pytest.approx(0.5, abs=1e-4)
    assert not data["audio"][length:].any()


def test_validation_always_sees_the_beginning():
    ready = ClipPreprocessor(False, MINI)
    first = ready("a", {"audio": NOISE})["audio"]
    again = ready("a", {"audio": NOISE[: MINI.samples]})["audio"]
    np.testing.assert_array_equal(first, again)


def test_training_follows_numpy_s_global_seed():
    ready = ClipPreprocessor(True, MINI)
    crops = []
    for seed in (3, 3, 4):
        np.random.seed(seed)
        crops.append(ready("a", {"audio": NOISE})["audio"])
    np.testing.assert_array_equal(crops[0], crops[1])
    assert not np.array_equal(crops[0], crops[2])


def test_a_vocoder_segment_keeps_the_level_of_its_clip():
    wave = NOISE[: MINI.samples] * 0.001
    wave[0] = 1.0  # the peak of the clip lies outside most segments
    np.random.seed(0)
    segment = ClipPreprocessor(True, MINI, samples=1600)("a", {"audio": wave})["audio"]
    assert segment.shape == (1600,)
    assert np.abs(segment).max() < 0.01


def test_a_vocoder_segment_avoids_the_padding_of_a_short_clip():
    ready = ClipPreprocessor(True, MINI, samples=1600)
    for seed in range(20):
        np.random.seed(seed)
        segment = ready("a", {"audio": NOISE[:2000]})["audio"]
        assert np.count_nonzero(segment) == 1600


def test_other_data_passes_and_absent_audio_is_no_error():
    data = {"text": "a dog"}
    assert ClipPreprocessor(True, MINI)("a", data) == data
    both = ClipPreprocessor(True, MINI)("a", {"audio": NOISE, "text": "a dog"})
    assert both["text"] == "a dog"


def test_the_caller_s_array_is_left_alone():
    wave = NOISE.copy()
    ClipPreprocessor(True, MINI)("a", {"audio": wave})
    np.testing.assert_array_equal(wave, NOISE)


@pytest.mark.parametrize(
    "wave", [np.zeros((5, 2)), np.zeros(0), np.array([0.0, np.inf])]
)
def test_unusable_audio_is_refused_by_its_id(wave):
    with pytest.raises(ValueError, match="^clip7: "):
        ClipPreprocessor(True, MINI)("clip7", {"audio": wave})


@pytest.mark.parametrize("samples", [0, 1601, 160000])
def test_a_segment_that_is_not_whole_frames_of_a_clip_is_refused(samples):
    with pytest.raises(ValueError, match="multiple of hop 160"):
        ClipPreprocessor(True, MINI, samples=samples)
