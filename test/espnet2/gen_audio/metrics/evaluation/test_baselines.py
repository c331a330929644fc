"""Look-up of the nearest caption, and noise that depends on seed and id alone."""

import tracemalloc

import numpy as np
import pytest

from espnet2.gen_audio.metrics.evaluation.baselines import nearest_captions, white_noise


def test_the_nearest_caption_is_the_one_of_highest_cosine():
    train = {"loud": np.array([10.0, 0.1]), "other": np.array([[0.0, 1.0]])}
    test = {"a": np.array([0.9, 0.1]), "b": np.array([0.1, 0.9])}
    assert nearest_captions(test, train) == {"a": "loud", "b": "other"}


def test_of_equal_captions_the_first_is_taken_in_spite_of_rounding():
    vector = np.random.default_rng(0).normal(size=64)
    train = {"first": vector, "second": vector * (1 + 1e-12)}
    assert nearest_captions({"a": vector}, train) == {"a": "first"}


@pytest.mark.parametrize("bad", [np.zeros(3), np.array([np.nan, 0, 1])])
def test_vectors_without_a_direction_are_refused_by_name(bad):
    with pytest.raises(ValueError, match="broken"):
        nearest_captions({"a": np.ones(3)}, {"fine": np.ones(3), "broken": bad})


def test_nothing_to_look_up_is_refused():
    with pytest.raises(ValueError, match="needed"):
        nearest_captions({"a": np.ones(3)}, {})


def test_noise_depends_on_seed_and_id_and_not_on_the_order():
    forward, backward = white_noise("ab", 800, 0), white_noise("ba", 800, 0)
    np.testing.assert_array_equal(forward["a"], backward["a"])
    assert not np.array_equal(forward["a"], forward["b"])
    assert not np.array_equal(forward["a"], white_noise("a", 800, 1)["a"])


def test_noise_has_the_level_of_all_clips():
    wave = white_noise(["a"], 800, 0)["a"]
    assert np.abs(wave).max() == pytest.approx(0.5, abs=1e-6)
    assert wave.mean() == pytest.approx(0.0, abs=1e-6)


def test_noise_of_a_large_set_is_not_held():
    tracemalloc.start()
    waves = white_noise((f"c{n}" for n in range(500)), 163840, 0)
    lengths = [len(wave) for wave in waves.values()]
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert lengths == [163840] * 500 and list(waves)[:2] == ["c0", "c1"]
    assert most < 20 * 163840 * 4  # a few buffers of one clip
    with pytest.raises(KeyError):
        waves["another"]
