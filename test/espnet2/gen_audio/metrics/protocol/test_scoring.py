"""Scoring under a protocol: rows, floor, ranks, captions."""

import numpy as np
import pytest

from espnet2.gen_audio.metrics.encoders import set_encoder
from espnet2.gen_audio.metrics.encoders.encoding import Encoding
from espnet2.gen_audio.metrics.protocol.protocol import read_protocol
from espnet2.gen_audio.metrics.protocol.run import run_protocol


def rows(found):
    return {row["name"]: row for row in found.scores["rows"]}


def test_rows_are_recordings_systems_and_noise_with_intervals(found):
    assert list(rows(found)) == ["recordings", "same", "noisy", "noise"]
    entry = rows(found)["noisy"]["kad_network"]
    assert entry["low"] <= entry["value"] <= entry["high"] and entry["clips"] == [
        16,
        16,
    ]
    assert rows(found)["noise"]["kad_network"]["value"] > entry["value"]


def test_the_floor_is_one_half_of_the_recordings_against_the_other(found):
    floor = rows(found)["recordings"]
    assert floor["kad_network"]["clips"] == [8, 8]
    assert floor["frechet_distance_network"]["value"] > 0
    assert "kl_softmax_network" not in floor and "mel_distance" not in floor


def test_every_clip_has_one_record_with_the_numbers_of_all_encoders(found):
    assert len(found.records) == 4 * 16
    (record,) = [r for r in found.records if (r["system"], r["id"]) == ("noisy", "c03")]
    assert {"kl_softmax_network", "mel_l1_db", "si_sdr", "loudness"} <= set(record)


@pytest.fixture
def of_few(sets, tmp_path):
    """Return a function that writes a protocol for more dimensions than clips."""

    def write(rule):
        path = tmp_path / "few.yaml"
        path.write_text(
            "{text: a, sample_rate: 16000, encoders: {mel: {kind: mel_statistics, "
            f"metrics: [kad, frechet_distance]}}}}, rank_deficient: {rule}}}"
        )
        return path

    return write


def test_too_few_clips_for_a_covariance_are_refused_or_left_out(
    of_few, request_for, tmp_path
):
    request = request_for(tmp_path, protocol=of_few("refuse"), encoders=())
    with pytest.raises(ValueError, match="16 clips are too few .* use kad_mel"):
        run_protocol(request)
    request = request_for(tmp_path, protocol=of_few("leave_out"), encoders=())
    scores = run_protocol(request).scores
    assert "too few" in scores["left_out"]["frechet_distance_mel"]
    assert "kad_mel" in scores["rows"][1]


def test_frames_are_counted_where_a_protocol_compares_them(
    sets, request_for, tmp_path, monkeypatch
):
    class Frames:
        sha256, gives = "0", ("embedding",)

        def __init__(self, name, path):
            self.name = name

        def encode(self, wave, rate):
            frames = np.array_split(wave, 4)
            levels = np.array([[np.abs(one).mean(), one.std()] for one in frames])
            return Encoding(levels.mean(0), frames=levels)

    monkeypatch.setitem(set_encoder.KINDS, "frames", Frames)
    path = tmp_path / "frames.yaml"
    path.write_text(
        "{text: a, sample_rate: 16000, encoders: {level: {kind: frames, frames: true, "
        "metrics: [frechet_distance]}}}"
    )
    request = request_for(
        tmp_path, protocol=path, encoders=(), compared=("same", "noisy")
    )
    scores = run_protocol(request).scores
    entry = scores["rows"][1]["frechet_distance_level"]
    assert entry["clips"] == [64, 64] and entry["value"] < 1e-6
    compared = scores["comparison"]["differences"]["frechet_distance_level"]
    assert compared["better"] == "same"


class Clap:
    """Stands in for CLAP: the vector of a caption is that of its clip's level."""

    sha256, gives = "0", ("embedding", "captions")

    def __init__(self, name, path):
        self.name = name

    def encode(self, wave, rate):
        return Encoding(np.array([1.0, np.abs(wave).mean()]))

    def encode_captions(self, captions):
        return {clip: np.array([1.0, 0.0]) for clip in captions}


def test_captions_are_scored_and_asked_for(sets, request_for, tmp_path, monkeypatch):
    monkeypatch.setitem(set_encoder.KINDS, "clap", Clap)
    path = tmp_path / "clap.yaml"
    path.write_text(
        "{text: a, sample_rate: 16000, encoders: {clap: {kind: clap, "
        "metrics: [clap_score]}}}"
    )
    given = {"protocol": path, "encoders": [f"clap={sets}"]}
    with pytest.raises(ValueError, match="give --text"):
        run_protocol(request_for(tmp_path, **given))
    done = run_protocol(request_for(tmp_path, text=sets / "text", **given))
    assert 0.9 < rows(done)["same"]["clap_score_clap"]["value"] < 1
    assert rows(done)["recordings"]["clap_score_clap"]["value"] < 1
    path.write_text(path.read_text()[:-1] + ", captions_sha256: '12'}")
    with pytest.raises(ValueError, match="states 12; give its list of captions"):
        run_protocol(request_for(tmp_path, text=sets / "text", **given))


def test_a_protocol_without_encoders_scores_samples_alone(request_for, tmp_path):
    path = tmp_path / "plain.yaml"
    path.write_text("{text: a, sample_rate: 16000, metrics: [silence]}")
    scores = run_protocol(request_for(tmp_path, protocol=path, encoders=())).scores
    assert set(scores["rows"][1]) == {"name", "seeds", "clips", "silence"}


def test_several_seeds_are_averaged(sets, request_for, tmp_path):
    scps = [f"ours@0={sets}/same/wav.scp", f"ours@1={sets}/noisy/wav.scp"]
    path = tmp_path / "plain.yaml"
    path.write_text("{text: a, sample_rate: 16000, metrics: [loudness]}")
    request = request_for(tmp_path, *scps, protocol=path, encoders=())
    row = rows(run_protocol(request))["ours"]
    assert row["seeds"] == ["0", "1"] and row["loudness"]["clips"] == 32


def test_the_offline_protocol_has_the_recipes_form():
    protocol = read_protocol("offline")
    assert protocol.form.to_dict() == {
        "sample_rate": 16000,
        "resampler": "none",
        "seconds": 10.24,
        "level": "peak_0.5",
        "ending": "until_quiet",
    }
