"""Predicted opinions of outputs: the mean over measured clips, opened when needed."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.metrics.speech_metrics.mean_opinion import predicted_opinion


class Loudness:
    """Predicts the root mean square."""

    version = "1"

    def __call__(self, wave):
        return float(np.sqrt(np.square(wave).mean()))


def unwanted():
    raise AssertionError("the predictor was opened although nothing is measured")


@pytest.fixture
def readable(context, tmp_path):
    """Return the context with files that can be read."""
    wavs = {}
    for number, clip in enumerate(context.test.transcripts):
        wavs[clip] = tmp_path / f"{clip}.wav"
        tone = np.sin(np.arange(1600) / 5) * (np.arange(1600) > 40 * number)
        soundfile.write(wavs[clip], 0.3 * tone, 16000)
    sounds = replace(context.test.sounds, wavs=wavs)
    return replace(context, test=replace(context.test, sounds=sounds, measured=4))


def test_opinions_are_averaged_over_the_measured_clips(readable, outputs_of):
    outputs = outputs_of(readable)
    score = predicted_opinion("loudness", Loudness, outputs, readable)
    values = [one["loudness"] for one in score.clips.values()]
    assert len(values) == score.entry["clips"] == 4
    assert score.entry["value"] == pytest.approx(np.mean(values), rel=1e-5)
    assert values == sorted(values, reverse=True)  # later clips hold more silence


def test_nothing_is_opened_when_no_clip_is_measured(context, outputs_of):
    nothing = replace(context, test=replace(context.test, measured=0))
    outputs = outputs_of(nothing)
    assert predicted_opinion("loudness", unwanted, outputs, nothing) is None
