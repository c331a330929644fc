"""Reconstruction of outputs: clips made from the recordings, cut to one length."""

from dataclasses import replace

import numpy as np
import pytest

from espnet2.gen_audio.metrics.sound_metrics.reconstruction import (
    SI_SDR,
    STFT_DISTANCE,
)

WAVE = np.random.default_rng(0).normal(0, 0.1, 3000)


class Reader:
    """A recording is a noise; the clip of it is twice as loud and longer."""

    def wave(self, path):
        is_clip = path.name.startswith("s")
        return np.concatenate([2 * WAVE, np.ones(500)]) if is_clip else WAVE


@pytest.fixture
def reading(context):
    return replace(context, reader=Reader())


@pytest.fixture
def wavs(context):
    return {"": {c: p.with_name(f"s{p.name}") for c, p in context.test.wavs.items()}}


def test_the_longer_side_is_cut(reading, features, outputs_of, wavs):
    clips = {"": features(reading.test.classes, 3)}
    outputs = outputs_of(clips, wavs=wavs, paired=True)
    entry = STFT_DISTANCE.compute(outputs, reading).entry
    assert entry["value"] == pytest.approx(1 + np.log(2), rel=1e-5)
    assert SI_SDR.compute(outputs, reading).entry["value"] > 100


def test_other_clips_and_the_recordings_themselves_have_none(
    reading, features, outputs_of, wavs
):
    clips = {"": features(reading.test.classes, 3)}
    for options in (
        {"wavs": wavs},
        {"paired": True},
        {"wavs": wavs, "paired": True, "is_reference": True},
    ):
        assert STFT_DISTANCE.compute(outputs_of(clips, **options), reading) is None
