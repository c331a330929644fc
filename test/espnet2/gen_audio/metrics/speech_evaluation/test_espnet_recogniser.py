"""ESPnet's recogniser: which weights it takes, and what it refuses."""

import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch

from espnet2.gen_audio.metrics.speech_evaluation.espnet_recogniser import (
    EspnetRecogniser,
)


def test_a_folder_that_is_no_experiment_of_espnet_is_refused(tmp_path):
    with pytest.raises(ValueError, match="there is no config.yaml"):
        EspnetRecogniser(tmp_path)


@pytest.fixture
def experiment(tmp_path, monkeypatch):
    """Return a folder that looks trained; its recogniser returns what it was given."""
    inference = types.ModuleType("espnet2.bin.asr_inference")

    def speech_to_text(config, weights, device):
        return lambda wave: [(f"{Path(weights).name} {len(wave)}", [], [], None)]

    inference.Speech2Text = speech_to_text
    monkeypatch.setitem(sys.modules, "espnet2.bin.asr_inference", inference)
    (tmp_path / "config.yaml").write_text("token_type: char\n")
    for name in ("valid.loss.best.pth", "valid.acc.ave.pth"):
        torch.save({"weight": torch.zeros(1)}, tmp_path / name)
    return tmp_path


def test_espnets_averaged_model_is_taken_unless_another_is_named(experiment):
    waves = [np.zeros(80), np.zeros(160)]
    recognise = EspnetRecogniser(experiment)
    assert recognise(waves) == ["valid.acc.ave.pth 80", "valid.acc.ave.pth 160"]
    other = EspnetRecogniser(experiment / "valid.loss.best.pth")
    assert other(waves[:1]) == ["valid.loss.best.pth 80"]
    with pytest.raises(ValueError, match="no closed vocabulary"):
        recognise(waves, ["one", "two"])


def test_weights_that_would_run_a_program_are_refused(experiment):
    torch.save({"weight": Path("x")}, experiment / "valid.acc.ave.pth")
    with pytest.raises(Exception, match="valid.acc.ave.pth"):
        EspnetRecogniser(experiment)
