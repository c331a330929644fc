"""Sounds of a table: segments cut once, commands run only where they may be."""

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.feats.sound_parts import read_part
from espnet2.gen_audio.metrics.protocol.sound_files import SoundFiles


@pytest.fixture
def table(tmp_path):
    """Return a wav.scp of one recording, a ramp of two seconds, with two segments."""
    wave = np.linspace(-0.5, 0.5, 32000, dtype=np.float32)
    soundfile.write(tmp_path / "r.wav", wave, 16000, subtype="FLOAT")
    (tmp_path / "wav.scp").write_text(f"r {tmp_path}/r.wav\n")
    (tmp_path / "segments").write_text("b r 1.0 -1\na r 0.25 0.75\n")
    return tmp_path / "wav.scp"


def test_segments_are_the_ids_and_are_cut_to_the_sample(table, tmp_path):
    files = SoundFiles(tmp_path / "store")
    assert files.ids_of(table) == ["b", "a"]
    found = files.of(table, ["a", "b"])
    whole = read_part(tmp_path / "r.wav").wave
    assert np.array_equal(read_part(found["a"]).wave, whole[4000:12000])
    assert np.array_equal(read_part(found["b"]).wave, whole[16000:])


def test_a_segment_is_cut_again_only_if_recording_or_times_change(table, tmp_path):
    files = SoundFiles(tmp_path / "store")
    first = files.of(table, ["a"])["a"]
    times = first.stat().st_mtime_ns
    assert files.of(table, ["a"])["a"] == first
    assert first.stat().st_mtime_ns == times
    soundfile.write(tmp_path / "r.wav", np.zeros(32000) + 0.1, 16000)
    assert files.of(table, ["a"])["a"] != first


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a x 0 1", "segments: a names x, which .*wav.scp lacks"),
        ("a r 1", "segments: a must read"),
        ("a r 5 6", "r.wav, segment a: "),
    ],
)
def test_a_segment_that_is_none_is_refused_by_its_id(line, message, table, tmp_path):
    (tmp_path / "segments").write_text(line + "\n")
    with pytest.raises(ValueError, match=message):
        SoundFiles(tmp_path / "store").of(table, ["a"])


def test_a_command_is_run_where_it_may_be_and_its_segments_are_those_of_the_file(
    table, tmp_path
):
    expected = read_part(SoundFiles(tmp_path / "store").of(table, ["a"])["a"]).wave
    table.write_text(f"r cat {tmp_path}/r.wav | cat |\n")
    with pytest.raises(ValueError, match="of r is a command .* add --run_pipes"):
        SoundFiles(tmp_path / "store").of(table, ["a"])
    found = SoundFiles(tmp_path / "other", runs_commands=True).of(table, ["a"])
    assert np.array_equal(read_part(found["a"]).wave, expected)
    table.write_text("r false |\n")
    with pytest.raises(ValueError, match="wav.scp, r: the command .* failed: false"):
        SoundFiles(tmp_path / "other", runs_commands=True).of(table, ["a"])
