"""A whole run: what it returns, jobs of an array, and wrong names of encoders."""

import json

import pytest

from espnet2.gen_audio.metrics.encoders.set_encoder import OnnxEncoder
from espnet2.gen_audio.metrics.protocol.run import run_part, run_protocol
from espnet2.gen_audio.metrics.protocol.sets import Part


def test_a_run_returns_scores_records_lock_and_the_files_of_the_sounds(found):
    assert found.scores["settings"] == found.lock
    keys = [metric["key"] for metric in found.scores["metrics"]]
    assert "kad_network" in keys and len(keys) == len(set(keys))
    assert set(found.wavs) == {"recordings", "same", "noisy"}


def test_an_encoder_without_a_path_is_refused(request_for, tmp_path):
    with pytest.raises(ValueError, match="'network' is not NAME=PATH"):
        run_protocol(request_for(tmp_path, encoders=["network"]))


def test_jobs_encode_all_clips_and_the_run_after_them_only_scores(
    found, request_for, tmp_path, monkeypatch
):
    for number in range(1, 4):
        run_part(request_for(tmp_path, part=Part(number, 3)))
    assert not (tmp_path / "scores.json").exists()
    monkeypatch.setattr(OnnxEncoder, "encode", None)  # nothing is left to encode
    joined = run_protocol(request_for(tmp_path, compared=("same", "noisy")))
    assert json.dumps(joined.scores) == json.dumps(found.scores)
    assert list(joined.records) == list(found.records)


def test_a_job_without_clips_ends_without_an_error(request_for, tmp_path):
    run_part(request_for(tmp_path, part=Part(17, 17)))
    assert not (tmp_path / "features").exists()
