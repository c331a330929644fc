"""Exhibits of a run: the worst clips first, as sounds and pictures that open."""

import base64
import io

import matplotlib.image
import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.metrics.protocol.run import SetScores
from espnet2.gen_audio.metrics.report import exhibits
from espnet2.gen_audio.metrics.report.exhibits import (
    exhibits_of,
    spectrogram,
    worst_ids,
)

RATE = 8000
METRICS = [
    {"key": "level", "direction": "neither"},
    {"key": "kl", "direction": "lower"},
]
RECORDS = [
    {"id": clip, "system": system, "seed": "", "level": 0, "kl": value}
    for system, values in {"ours": (1, 3, 2), "theirs": (9, 0, 0)}.items()
    for clip, value in zip("abc", values)
]


def test_the_worst_clips_of_a_system_come_first(monkeypatch):
    scores = {"metrics": METRICS}
    assert worst_ids(scores, RECORDS, ["ours"], "abc") == ["b", "c", "a"]
    higher = {"metrics": [{"key": "kl", "direction": "higher"}]}
    assert worst_ids(higher, RECORDS, ["ours"], "abc") == ["a", "c", "b"]
    monkeypatch.setattr(exhibits, "MOST", 2)
    assert worst_ids({"metrics": METRICS[:1]}, RECORDS, ["ours"], "abc") == ["a", "c"]


def test_a_high_tone_is_bright_at_the_top():
    wave = np.sin(np.arange(4000) * 2.9)  # near half the rate
    picture = matplotlib.image.imread(io.BytesIO(spectrogram(wave)), format="png")
    light = picture[..., :3].sum(axis=(1, 2))
    assert picture.shape[0] == 128 and light[:16].mean() > 2 * light[-64:].mean()
    assert spectrogram(np.zeros(10))


@pytest.fixture
def found(tmp_path):
    """Return results of two systems of three clips, the first clip longest."""
    wavs = {}
    for system in ("recordings", "ours"):
        wavs[system] = {"": {}}
        for n, clip in enumerate("abc"):
            path = tmp_path / f"{system}{clip}.wav"
            soundfile.write(path, np.full(900 - 100 * n, 0.1 * (n + 1)), RATE)
            wavs[system][""][clip] = path
    records = [one for one in RECORDS if one["system"] == "ours"]
    return SetScores({"metrics": METRICS}, records, {}, wavs, {"b": "rain"})


def test_every_system_has_the_same_clips_and_the_sound_is_that_of_the_file(found):
    shown = exhibits_of(found)
    assert [(one.clip, one.system) for one in shown[:3]] == [
        ("b", "recordings"),
        ("b", "ours"),
        ("c", "recordings"),
    ]
    content = base64.b64decode(shown[0].sound.removeprefix("data:audio/flac;base64,"))
    wave, rate = soundfile.read(io.BytesIO(content))
    assert rate == RATE and len(wave) == 800
    assert wave[0] == pytest.approx(0.2, abs=1e-4) and shown[0].caption == "rain"
    assert shown[0].picture.startswith("data:image/png;base64,iVBOR")
