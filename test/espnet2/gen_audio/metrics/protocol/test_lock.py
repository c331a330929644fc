"""The lock: all conditions, and a change of a sound changes it."""

from espnet2.gen_audio.metrics.encoders.encoding import file_digest
from espnet2.gen_audio.metrics.protocol.run import run_protocol

from .conftest import tone, write_set  # noqa


def test_the_lock_has_every_condition_of_the_numbers(found, sets):
    lock = found.lock
    assert lock["protocol"] == "every" and lock["clips"]["sample_rate"] == 16000
    assert lock["encoders"]["network"]["sha256"] == file_digest(sets / "network.onnx")
    assert lock["clips_per_set"] == 16 and lock["versions"]["numpy"][0].isdigit()
    assert list(lock["sounds"]) == ["recordings", "same", "noisy", "noise"]
    assert lock["sounds"]["same"] == lock["sounds"]["recordings"]
    assert lock["sounds"]["noisy"] != lock["sounds"]["recordings"]


def test_another_sound_makes_another_lock(request_for, sets, tmp_path, found):
    scp = write_set(tmp_path / "same", {f"c{n:02}": tone(n + 1) for n in range(16)})
    path = tmp_path / "every.yaml"
    path.write_text("{text: a, sample_rate: 16000, metrics: [duration]}")
    request = request_for(tmp_path, scp, protocol=path, encoders=())
    sounds = run_protocol(request).lock["sounds"]
    assert sounds["same"] != sounds["recordings"]
