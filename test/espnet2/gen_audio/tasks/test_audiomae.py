"""AudioMAE's task: its configs, its clips, the statistics that it keeps."""

import argparse

import numpy as np
import pytest

from espnet2.gen_audio.tasks.audiomae import AudioMAETask, read_fbank_stats

ARGS = argparse.Namespace(geometry_conf={"seconds": 0.64})
NOISE = np.random.default_rng(0).normal(size=20000).astype(np.float32)


def write_stats(path, values):
    """Write what ESPnet's collect-stats writes of (frames, bins)."""
    squares = np.square(values).sum(axis=0)
    np.savez(path, count=len(values), sum=values.sum(axis=0), sum_square=squares)
    return path


def test_only_training_moves_the_crop():
    def ready(train):
        np.random.seed(0)
        return AudioMAETask.build_preprocess_fn(ARGS, train)("a", {"audio": NOISE})

    assert np.array_equal(ready(False)["audio"], ready(False)["audio"])
    assert not np.allclose(ready(True)["audio"], ready(False)["audio"])
    assert ready(True)["audio"].shape == (10240,)


def test_statistics_become_the_mean_and_std_of_all_values(tmp_path):
    values = np.random.default_rng(1).normal(-9, 4, size=(200, 16))
    stats = read_fbank_stats(write_stats(tmp_path / "fbank_stats.npz", values))
    assert stats["mean"] == pytest.approx(values.mean())
    assert stats["std"] == pytest.approx(values.std())


def test_statistics_of_silence_are_refused(tmp_path):
    path = write_stats(tmp_path / "fbank_stats.npz", np.full((8, 4), -16.0))
    with pytest.raises(ValueError, match="silent or damaged"):
        read_fbank_stats(path)


def test_the_config_keeps_the_numbers_and_not_the_file(tmp_path):
    path = write_stats(tmp_path / "s.npz", np.array([[1.0, 3.0], [3.0, 5.0]]))
    words = f"--fbank_stats {path} --encoder_conf width=8 --output_dir exp"
    args = AudioMAETask.get_parser().parse_args(words.split())
    AudioMAETask.resolve(args)
    assert args.fbank_stats is None
    assert args.fbank_conf == {"mean": 3.0, "std": pytest.approx(2**0.5)}
    AudioMAETask.resolve(args)  # a resumed training resolves again
    assert args.fbank_conf["mean"] == 3.0
    assert (args.part, args.encoder_conf) == ("audiomae", {"width": 8})
