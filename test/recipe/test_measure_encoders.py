"""measure/measure_encoders.py: every encoder of the registry has a speed."""

import importlib.util
import json
from pathlib import Path

import pytest

from espnet2.gen_audio.metrics.encoders.set_encoder import KINDS

SCRIPT = Path(__file__).parents[2] / "egs2/audioldm2/measure/measure_encoders.py"


@pytest.fixture(scope="module")
def script():
    """Return the script as a module."""
    specification = importlib.util.spec_from_file_location("measure_encoders", SCRIPT)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_every_encoder_is_timed_but_networks_that_only_a_user_has(script):
    assert set(script.MAKERS) == set(KINDS) - {"onnx"}


def test_the_file_states_a_speed_and_its_range(script, tmp_path):
    output = tmp_path / "speeds.json"
    words = ["--kinds", "mel_statistics", "yamnet", "--seconds", "1", "--clips", "2"]
    script.main([*words, "--rounds", "2", "--output", str(output)])
    found = json.loads(output.read_text())
    assert found["settings"] == {"seconds": 1, "clips": 2, "rounds": 2}
    assert list(found["encoders"]) == ["mel_statistics", "yamnet"]
    for speed in found["encoders"].values():
        least, most = speed["least_and_most"]
        assert 0 < least <= speed["clips_per_cpu_second"] <= most


def test_clips_pass_in_the_batches_of_their_encoder(script):
    class Batched:
        batch, calls = 3, []

        def encode_many(self, waves, rate):
            self.calls.append((len(waves), len(waves[0]), rate))
            return list(waves)

    encoder = Batched()
    assert script.seconds_of("clap", encoder, 1, 7) >= 0
    assert encoder.calls == [(3, 48000, 48000)] * 2 + [(1, 48000, 48000)]


@pytest.mark.parametrize("kind", ["vggish", "panns_16k", "panns_32k", "whisper"])
def test_weights_are_those_that_the_encoder_reads(script, kind):
    assert len(script.build(kind).sha256) == 64
