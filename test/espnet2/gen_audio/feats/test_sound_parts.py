"""Parts of a file: each as it would be alone, the file decoded once."""

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.feats import sound_limits, sound_parts, sound_reader
from espnet2.gen_audio.feats.sound_limits import UnusableSound
from espnet2.gen_audio.feats.sound_parts import read_part, read_parts

RATE = 16000
SOUND = 0.1 * np.random.default_rng(0).standard_normal((4 * RATE, 2))
SPANS = {
    "late": (3.0, None),
    "first": (None, 0.5),
    "overlap": (0.25, 2.0),
    "within": (0.3, 0.4),
    "all": (None, None),
    "last": (3.5, 4.05),
}


def write(path, wave=SOUND, **options):
    soundfile.write(path, wave, RATE, **options)
    return path


@pytest.fixture
def decoded(monkeypatch):
    """Count the samples that are decoded, and read in small blocks."""
    counts, plain = [], soundfile.SoundFile.read

    def count(file, *args, **options):
        block = plain(file, *args, **options)
        counts.append(len(block))
        return block

    monkeypatch.setattr(soundfile.SoundFile, "read", count)
    monkeypatch.setattr(sound_reader, "_BLOCK", 2000)
    return counts


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_every_part_is_what_it_is_alone(tmp_path, suffix, decoded):
    path = write(tmp_path / f"a.{suffix}")
    with soundfile.SoundFile(path) as file:
        whole = file.read(dtype="float32").mean(axis=1)
    together = dict(read_parts(path, SPANS))
    assert set(together) == set(SPANS)
    for name, (start, end) in SPANS.items():
        alone = read_part(path, start, end)
        first = round((start or 0) * RATE)
        last = len(whole) if end is None else round(end * RATE)
        for sound in (alone, together[name]):
            assert sound.rate == RATE
            np.testing.assert_array_equal(sound.wave, whole[first:last])


@pytest.mark.parametrize("suffix", ["ogg", "mp3"])
def test_parts_of_a_file_that_cannot_seek_are_decoded_once(tmp_path, suffix, decoded):
    path = write(tmp_path / f"a.{suffix}")
    spans = {str(n): (n / 32, n / 32 + 0.05) for n in range(120)}
    assert len(dict(read_parts(path, spans))) == 120
    assert sum(decoded) <= len(SOUND)


def test_parts_that_do_not_fit_in_memory_together_wait_for_another_pass(
    tmp_path, decoded, monkeypatch
):
    monkeypatch.setattr(sound_parts, "MOST_SAMPLES", RATE)
    path = write(tmp_path / "a.ogg")
    whole = read_part(path).wave
    decoded.clear()
    spans = {str(n): (n / 4, n / 4 + 1) for n in range(8)}  # four at any time
    for name, sound in read_parts(path, spans):
        first = round(float(name) * RATE / 4)
        np.testing.assert_array_equal(sound.wave, whole[first : first + RATE])
    assert 3 * len(SOUND) / 4 < sum(decoded) < 4 * len(SOUND)


def test_a_part_longer_than_memory_allows_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sound_limits, "MOST_SAMPLES", 3 * RATE)
    path = write(tmp_path / "a.wav")
    results = dict(read_parts(path, {"all": (None, None), "part": (0.5, 3.0)}))
    assert "too long: more than 48000 samples in one part" in str(results["all"])
    assert len(results["part"].wave) == 2.5 * RATE


def test_only_the_parts_that_hold_a_fault_are_refused(tmp_path):
    wave = SOUND.copy()
    wave[2 * RATE] = np.nan
    path = write(tmp_path / "a.wav", wave, subtype="FLOAT")
    spans = {"before": (0.0, 2.0), "with": (1.0, 3.0), "after": (2.5, 3.0)}
    results = dict(read_parts(path, spans))
    assert str(results["with"]).startswith("not finite: sample 32000 is nan")
    assert len(results["before"].wave) == 2 * RATE
    assert len(results["after"].wave) == 0.5 * RATE


def test_parts_before_the_damage_are_read_and_those_after_it_refused(tmp_path):
    path = write(tmp_path / "a.flac")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    spans = {"before": (0.0, 1.0), "over": (1.0, 3.0)}
    results = dict(read_parts(path, spans))
    assert len(results["before"].wave) == RATE
    assert "damaged" in str(results["over"])


def test_a_bad_file_or_span_is_a_reason_for_each_name_and_no_exception(tmp_path):
    spans = {"a": (None, None), "b": (1.0, 2.0)}
    results = dict(read_parts(tmp_path / "none.wav", spans))
    assert {str(error) for error in results.values()} == {
        "the file does not exist; correct the path"
    }
    path = write(tmp_path / "a.wav")
    results = dict(read_parts(path, {"good": (0.0, 1.0), "bad": (9.0, None)}))
    assert isinstance(results["bad"], UnusableSound)
    assert len(results["good"].wave) == RATE


def test_a_channel_is_named_or_the_mean_is_taken(tmp_path):
    path = write(tmp_path / "a.wav", subtype="FLOAT")
    np.testing.assert_allclose(read_part(path).wave, SOUND.mean(1), atol=1e-7)
    right = read_part(path, channel=1).wave
    np.testing.assert_allclose(right, SOUND[:, 1], atol=1e-7)
    with pytest.raises(ValueError, match="has 2 channels; channel 2"):
        read_part(path, channel=2)


def test_inverted_channels_are_refused_with_the_right_reason(tmp_path):
    one = SOUND[:, :1]
    path = write(tmp_path / "a.wav", np.hstack([one, -one]))
    with pytest.raises(UnusableSound, match="channels cancel each other"):
        read_part(path)
