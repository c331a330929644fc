"""Mel distance of outputs: only of clips made from the recordings, in their order."""

from dataclasses import replace

import pytest
import torch

from espnet2.gen_audio.metrics.functional.mel_distance import DECIBELS
from espnet2.gen_audio.metrics.sound_metrics.mel_distance import (
    distance_to_own_recording,
)


class Reader:
    """Log-mels that hold the last digit of the file's name; 's' files are louder."""

    def log_mel(self, paths):
        levels = [int(p.name[-1]) * p.name.startswith("s") for p in paths]
        return torch.tensor(levels, dtype=torch.float32)[:, None, None].expand(-1, 4, 2)


@pytest.fixture
def reading(context):
    return replace(context, reader=Reader())


@pytest.fixture
def wavs(context):
    return {"": {c: p.with_name(f"s{p.name}") for c, p in context.test.wavs.items()}}


def test_distances_are_averaged_and_listed(reading, features, outputs_of, wavs):
    clips = {"": features(reading.test.classes, 3)}
    score = distance_to_own_recording(
        outputs_of(clips, wavs=wavs, paired=True), reading
    )
    assert score.entry["value"] == pytest.approx(2.5 * DECIBELS, rel=1e-5)
    assert score.clips["", "tbell3"] == {"mel_l1_db": round(3 * DECIBELS, 4)}
    assert score.entry["clips"] == len(score.clips) == 12


def test_other_clips_and_the_recordings_themselves_have_none(
    reading, features, outputs_of, wavs
):
    clips = {"": features(reading.test.classes, 3)}
    for options in (
        {"wavs": wavs},
        {"paired": True},
        {"wavs": wavs, "paired": True, "is_reference": True},
    ):
        assert distance_to_own_recording(outputs_of(clips, **options), reading) is None
