"""Whole sounds in few passes: the preset's own path, and every part has its time."""

import pytest
import torch

from espnet2.gen_audio.bench.few_passes import measure_few_passes, open_light
from espnet2.gen_audio.bench.report import Results
from espnet2.gen_audio.vae.light_decoder import LightMelVAE
from espnet2.gen_audio.vocoder.vocos import Vocos


def test_a_preset_runs_its_passes_with_light_decoders(folders, monkeypatch):
    system = open_light(folders[1], torch.float32)
    assert isinstance(system.vae, LightMelVAE) and isinstance(system.vocoder, Vocos)
    rows, convolve = [], system.parts.student.unet.net.conv_in.forward
    monkeypatch.setattr(
        system.parts.student.unet.net.conv_in,
        "forward",
        lambda given: rows.append(len(given)) or convolve(given),
    )
    instant, fast2 = measure_few_passes(system, ("instant", "fast2"), 2, 1)
    # a warm-up, a round, and the parts; two clips, without a second half for guidance
    assert rows == [2] * 3 + [2] * 6
    assert (instant.passes, fast2.passes) == (1, 2)
    assert instant.sound_s == pytest.approx(2 * 0.64)
    assert list(instant.parts) == ["text", "loa", "unet", "vae", "vocoder"]
    assert 0 < max(instant.parts.values()) and len(instant.times) == 1
    results = Results({}, few_passes=[instant])
    assert "instant, light VAE, vocos" in results.lines()[0]
    assert results.to_dict()["few_passes"][0]["total_s"] == instant.total_s
