"""Distances of outputs: to their own recordings, to others, without voiced frames."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.metrics.encoders.packaged_weights import MissingPackage
from espnet2.gen_audio.metrics.speech_evaluation.cached_results import SpeechReader
from espnet2.gen_audio.metrics.speech_metrics import spectral_distance
from espnet2.gen_audio.metrics.speech_metrics.spectral_distance import (
    distances,
    to_another_recording,
    to_own_recording,
)


@pytest.fixture
def different(monkeypatch):
    """Replace the analysis: 1 between different files, 0 between equal ones."""

    def compare(path, reference, reader):
        return {"mcd": float(path != reference), "log_f0_rmse": None}

    monkeypatch.setattr(spectral_distance, "distances", compare)
    monkeypatch.setattr(spectral_distance, "require_world", lambda: None)


def test_recordings_are_not_compared_with_themselves(different, context, outputs_of):
    assert to_own_recording("mcd", outputs_of(context), context) is None
    system = outputs_of(context, lambda words: words[:1])
    assert to_own_recording("mcd", system, context).entry["value"] == 1
    assert to_own_recording("log_f0_rmse", system, context).entry is None


def test_chance_is_the_distance_to_another_recording(different, context, outputs_of):
    score = to_another_recording("mcd", outputs_of(context), context)
    assert score.entry["value"] == 1 and score.entry["clips"] == 20


def test_a_missing_library_is_named_only_when_a_clip_is_measured(
    monkeypatch, context, outputs_of
):
    def missing():
        raise MissingPackage("it needs pyworld")

    monkeypatch.setattr(spectral_distance, "require_world", missing)
    system = outputs_of(context, lambda words: words[:1])
    with pytest.raises(MissingPackage, match="pyworld"):
        to_own_recording("mcd", system, context)
    nothing = replace(context, test=replace(context.test, measured=0))
    assert to_own_recording("mcd", system, nothing) is None


def test_f0_without_a_voiced_frame_is_none_and_not_a_number(tmp_path):
    pytest.importorskip("pyworld")
    files = []
    for name, wave in {
        "silence": np.zeros(8000),
        "tone": 0.3 * np.sin(2 * np.pi * 100 * np.arange(8000) / 16000),
    }.items():
        files.append(tmp_path / f"{name}.wav")
        soundfile.write(files[-1], wave, 16000)
    found = distances(*files, SpeechReader({}))
    assert found["log_f0_rmse"] is None and found["mcd"] > 0
