"""Laws of every metric that a protocol may name, in one table."""

import json

import numpy as np
import pytest

from espnet2.gen_audio.metrics.encoders import set_reader
from espnet2.gen_audio.metrics.protocol.run import run_protocol
from espnet2.gen_audio.metrics.sound_metrics.registry import SOUND_METRICS

METRICS = {
    m.key: m
    for m in SOUND_METRICS.all(of_protocols=True)
    if m.statistic is not None or m.clip_key
}
# value of a set against itself, and how far from it rounding or the estimator may be
IDENTICAL = {
    "kernel_distance": (0, 60),  # unbiased: in expectation
    "kad": (0, 15),
    "frechet_distance": (0, 1e-6),
    "frechet_infinity": (0, 3),
    "kl_softmax": (0, 1e-4),
    "kl_sigmoid": (0, 1e-4),
    "precision": (1, 0),
    "recall": (1, 0),
    "density": (1, 0.3),
    "coverage": (1, 0),
    "mel_distance": (0, 1e-6),
    "stft_distance": (0, 1e-9),
}
# of one system alone: those of equal sets are equal
ALONE = (
    "inception_score loudness clipping silence dc_offset duration si_sdr clap_score"
).split()


def key_of(name):
    return f"{name}_network" if METRICS[name].encoding else name


def row(found, name):
    return next(one for one in found.scores["rows"] if one["name"] == name)


def test_every_metric_is_in_the_table_of_laws():
    assert sorted(METRICS) == sorted([*IDENTICAL, *ALONE])


@pytest.mark.parametrize("name", sorted(IDENTICAL))
def test_identical_sets_are_at_the_ideal_value(name, found):
    value, tolerance = IDENTICAL[name]
    assert row(found, "same")[key_of(name)]["value"] == pytest.approx(
        value, abs=tolerance
    )


@pytest.mark.parametrize("name", sorted(set(ALONE) - {"si_sdr", "clap_score"}))
def test_a_copy_of_the_recordings_has_their_value(name, found):
    own, copy = (row(found, n)[key_of(name)]["value"] for n in ("recordings", "same"))
    assert copy == own


@pytest.mark.parametrize("name", sorted({*IDENTICAL, "si_sdr"} - {"frechet_infinity"}))
def test_noise_on_the_sounds_moves_a_distance_the_right_way(name, found):
    same, noisy = (row(found, n)[key_of(name)]["value"] for n in ("same", "noisy"))
    if METRICS[name].direction == "higher":
        assert noisy <= same
    else:
        assert noisy > same


@pytest.mark.parametrize("name", sorted(set(METRICS) - {"clap_score"}))
def test_an_interval_holds_its_value(name, found):
    for system in ("recordings", "same", "noisy", "noise"):
        entry = row(found, system).get(key_of(name))
        if entry and entry["low"] is not None:
            assert entry["low"] <= entry["value"] <= entry["high"]


@pytest.fixture(scope="module")
def shuffled(request_for, sets, tmp_path_factory):
    """Return the same run with tables in another order, small parts, two threads."""
    patch = pytest.MonkeyPatch()
    patch.setattr(set_reader, "PART", 3)
    root, rng = tmp_path_factory.mktemp("shuffled"), np.random.default_rng(0)
    scps = {}
    for name in ("ref", "same", "noisy"):
        (root / name).mkdir()
        lines = (sets / name / "wav.scp").read_text().splitlines(keepends=True)
        scps[name] = root / name / "wav.scp"
        scps[name].write_text("".join(rng.permutation(lines)))
    yield run_protocol(
        request_for(
            root / "out",
            scps["same"],
            scps["noisy"],
            threads=2,
            reference=scps["ref"],
            compared=("same", "noisy"),
        )
    )
    patch.undo()


@pytest.mark.parametrize("name", sorted(set(METRICS) - {"clap_score"}))
def test_order_parts_and_threads_change_nothing(name, found, shuffled):
    for system in ("recordings", "same", "noisy", "noise"):
        one, other = (row(each, system).get(key_of(name)) for each in (found, shuffled))
        assert json.dumps(one) == json.dumps(other)
    one, other = (
        each.scores["comparison"]["differences"] for each in (found, shuffled)
    )
    assert one[key_of(name)] == other[key_of(name)]
