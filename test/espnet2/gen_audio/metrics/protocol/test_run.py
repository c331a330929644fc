"""A whole run: what it returns, and wrong names of encoders."""

import pytest

from espnet2.gen_audio.metrics.protocol.run import run_protocol


def test_a_run_returns_scores_records_lock_and_the_files_of_the_sounds(found):
    assert found.scores["settings"] == found.lock
    keys = [metric["key"] for metric in found.scores["metrics"]]
    assert "kad_network" in keys and len(keys) == len(set(keys))
    assert set(found.wavs) == {"recordings", "same", "noisy"}


def test_an_encoder_without_a_path_is_refused(request_for, tmp_path):
    with pytest.raises(ValueError, match="'network' is not NAME=PATH"):
        run_protocol(request_for(tmp_path, encoders=["network"]))
