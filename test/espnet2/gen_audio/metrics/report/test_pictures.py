"""Pictures: they are written whole, repeat byte for byte, and their axes are right."""

import numpy as np
import pytest

from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.metrics.report.pictures import (
    Example,
    band_centres,
    draw_curves,
    draw_probes,
    draw_spectrograms,
)
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS

GEOMETRY = ClipGeometry(seconds=0.64, downsample=8)
ESTIMATE = {"value": 0.5, "low": 0.4, "high": 0.6}
CURVE = {
    "key": "mel_l1",
    "epochs": [1, 2],
    "valid": [2.0, 1.0],
    "train": [None, 1.1],
    "best": 1.0,
    "best_epoch": 2,
}


def examples(count):
    rng = np.random.default_rng(0)
    return [
        Example(
            "a caption that is far too long to stand on one line above its picture, "
            "and goes on",
            {"recording": rng.normal(size=(64, 64)), "generated": np.zeros((64, 64))},
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("count", [1, 3, 6])
def test_spectrograms_are_drawn_for_any_number_of_clips(tmp_path, count):
    path = tmp_path / "pictures" / "a.png"
    draw_spectrograms(examples(count), GEOMETRY, path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert [p.name for p in path.parent.iterdir()] == ["a.png"]  # nothing half-written


def test_the_same_numbers_give_the_same_file(tmp_path):
    for name in ("a.png", "b.png"):
        draw_curves({"vae": CURVE, "ldm": CURVE}, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_accuracies_of_probes_are_drawn_where_clips_were_classified(tmp_path):
    probe = {"chance": 0.1}
    row = {"name": "predicted", "probe_train": ESTIMATE, "probe_raw": ESTIMATE}
    scores = {
        "metrics": [metric.describe() for metric in SOUND_METRICS.all()],
        "probes": {"probe_train": probe, "probe_raw": probe},
        "rows": [row, {"name": "not classified"}],
    }
    draw_probes(scores, tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_a_style_does_not_leak_into_the_caller(tmp_path):
    import matplotlib

    before = dict(matplotlib.rcParams)
    draw_curves({"vae": CURVE}, tmp_path / "a.png")
    assert dict(matplotlib.rcParams) == before


def test_mel_bands_rise_from_low_to_high_frequencies():
    centres = band_centres(GEOMETRY)
    assert (np.diff(centres) > 0).all()
    librosa = pytest.importorskip("librosa")
    expected = librosa.mel_frequencies(66, fmin=0, fmax=8000)[1:-1]
    # narrow low bands hold few bins, so their centre of mass is coarse
    np.testing.assert_allclose(centres, expected, rtol=0.05, atol=16)


def test_nothing_to_draw_is_refused(tmp_path):
    with pytest.raises(ValueError, match="0 clips"):
        draw_spectrograms([], GEOMETRY, tmp_path / "a.png")
    with pytest.raises(ValueError, match="0 curves"):
        draw_curves({}, tmp_path / "a.png")
    with pytest.raises(ValueError, match="utt2label"):
        draw_probes({"metrics": [], "probes": {}, "rows": []}, tmp_path / "a.png")
