"""Levels of outputs: the measured columns, absent where nothing was measured."""

from dataclasses import replace

import numpy as np
import pytest

from espnet2.gen_audio.metrics.encoders.set_reader import LEVELS
from espnet2.gen_audio.metrics.sound_metrics.levels import RECORDS, mean_level


@pytest.mark.parametrize("key", LEVELS)
def test_each_level_is_the_mean_of_its_column(key, context, features, outputs_of):
    clips = features(context.test.classes)
    levels = np.arange(12.0)[:, None] + 100 * np.arange(len(LEVELS))
    outputs = outputs_of({"": replace(clips, levels=levels)})
    score = mean_level(key, outputs, context)
    assert score.entry["value"] == 5.5 + 100 * LEVELS.index(key)
    assert score.clips["", "tbell1"] == {key: 1 + 100 * LEVELS.index(key)}
    assert key in RECORDS
    assert mean_level(key, outputs_of({"": clips}), context) is None
