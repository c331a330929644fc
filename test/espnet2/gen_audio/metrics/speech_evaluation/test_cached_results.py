"""Measuring clips: each sound once, kept by content, anew when it changes."""

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.metrics.speech_evaluation.cached_results import (
    SpeechReader,
    read_speech,
)


class Pitch:
    """Writes the number of crossings of zero, and keeps what it was given."""

    name, version, batch = "pitch", "1", 2

    def __init__(self):
        self.given = []

    def __call__(self, waves, words=()):
        self.given += waves
        texts = [str(int((np.diff(np.sign(wave)) != 0).sum())) for wave in waves]
        return [words[int(t) % len(words)] for t in texts] if words else texts


@pytest.fixture
def wavs(tmp_path):
    files = []
    for number, pitch in enumerate((100, 200, 300, 100)):
        files.append(tmp_path / f"{number}.wav")
        wave = 0.3 * np.sin(2 * np.pi * pitch * np.arange(8000) / 16000)
        soundfile.write(files[-1], wave, 16000)
    return files


def reader_of(tmp_path, names=("open",), words=()):
    pitch = Pitch()
    recognisers = {name: pitch for name in names}
    return SpeechReader(recognisers, words, tmp_path / "store.json"), pitch


def test_equal_sounds_are_recognised_once_and_a_second_run_reads_the_store(
    tmp_path, wavs
):
    reader, pitch = reader_of(tmp_path)
    first = reader.texts("open", wavs, "test")
    assert len(pitch.given) == 3 and first[0] == first[3] != first[1]
    reader.save()
    again, pitch = reader_of(tmp_path)
    assert again.texts("open", wavs, "test") == first and pitch.given == []


def test_a_changed_file_and_other_words_are_recognised_anew(tmp_path, wavs):
    names, words = ("open", "closed"), ["a", "b"]
    reader, _ = reader_of(tmp_path, names, words)
    reader.texts("open", wavs[:1], "test")
    assert set(reader.texts("closed", wavs, "test")) <= set(words)
    reader.save()
    soundfile.write(wavs[0], np.sin(np.arange(8000) / 3), 16000)
    again, pitch = reader_of(tmp_path, names, words)
    again.texts("open", wavs[:1], "test")
    again.texts("closed", wavs[1:2], "test")
    assert len(pitch.given) == 1
    third, pitch = reader_of(tmp_path, names, ["c", "d"])
    assert set(third.texts("closed", wavs[1:2], "test")) <= {"c", "d"}


def test_a_store_that_cannot_be_read_costs_time_only(tmp_path, wavs, caplog):
    (tmp_path / "store.json").write_text("{")
    reader, _ = reader_of(tmp_path)
    assert len(reader.texts("open", wavs, "test")) == 4
    assert "made again" in caplog.text


def test_what_is_measured_of_equal_sounds_is_measured_once(tmp_path, wavs):
    reader, _ = reader_of(tmp_path)
    calls = []

    def work(value):
        return lambda: calls.append(value) or value

    pairs = [(wavs[0], wavs[1]), (wavs[3], wavs[1]), (wavs[1], wavs[0])]
    found = [reader.once("toy/1", pair, work(n)) for n, pair in enumerate(pairs)]
    assert found == [0, 0, 2] and calls == [0, 2]  # the order of a pair counts
    assert reader.once("toy/2", pairs[0], work(3)) == 3  # and so does the version


def test_what_is_remembered_is_made_of_the_preprocessed_clip_once(tmp_path, wavs):
    reader, _ = reader_of(tmp_path)
    first = reader.remember("peak", wavs[0], lambda wave: float(np.abs(wave).max()))
    again = reader.remember("peak", wavs[3], lambda wave: None)
    assert first == again == pytest.approx(0.5, abs=1e-6)


def test_an_unusable_file_is_named(tmp_path):
    (tmp_path / "x.wav").write_text("no sound")
    with pytest.raises(ValueError, match="x.wav"):
        read_speech(tmp_path / "x.wav")
