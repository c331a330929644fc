"""Measuring single clips: each sound once, kept by content, left out with a reason."""

import numpy as np
import pytest
import soundfile

from espnet2.gen_audio.metrics import speech_reader
from espnet2.gen_audio.metrics.speech_reader import SpeechReader, hear_speech


class Pitch:
    """Hears the number of crossings of zero, and counts how often it is asked."""

    name, version, batch = "pitch", "1", 2

    def __init__(self):
        self.asked = []

    def __call__(self, waves, words=()):
        self.asked += waves
        heard = [str(int((np.diff(np.sign(wave)) != 0).sum())) for wave in waves]
        return [words[int(h) % len(words)] for h in heard] if words else heard


@pytest.fixture
def wavs(tmp_path):
    files = []
    for number, pitch in enumerate((100, 200, 300, 100)):
        files.append(tmp_path / f"{number}.wav")
        wave = 0.3 * np.sin(2 * np.pi * pitch * np.arange(8000) / 16000)
        soundfile.write(files[-1], wave, 16000)
    return files


def reader_of(tmp_path, ways=("open",), words=()):
    heard = Pitch()
    ways = {way: heard for way in ways}
    return SpeechReader(ways, words, tmp_path / "store.json", sounds=False), heard


def test_equal_sounds_are_recognised_once_and_a_second_run_asks_nobody(tmp_path, wavs):
    reader, heard = reader_of(tmp_path)
    first = reader.texts("open", wavs, "test")
    assert len(heard.asked) == 3 and first[0] == first[3] != first[1]
    reader.save()
    again, heard = reader_of(tmp_path)
    assert again.texts("open", wavs, "test") == first and heard.asked == []


def test_a_changed_file_and_other_words_are_asked_anew(tmp_path, wavs):
    ways, words = ("open", "closed"), ["a", "b"]
    reader, _ = reader_of(tmp_path, ways, words)
    reader.texts("open", wavs[:1], "test")
    assert set(reader.texts("closed", wavs, "test")) <= set(words)
    reader.save()
    soundfile.write(wavs[0], np.sin(np.arange(8000) / 3), 16000)
    again, heard = reader_of(tmp_path, ways, words)
    again.texts("open", wavs[:1], "test")
    again.texts("closed", wavs[1:2], "test")
    assert len(heard.asked) == 1
    third, heard = reader_of(tmp_path, ways, ["c", "d"])
    assert set(third.texts("closed", wavs[1:2], "test")) <= {"c", "d"}


def test_a_store_that_cannot_be_read_costs_time_only(tmp_path, wavs, caplog):
    (tmp_path / "store.json").write_text("{")
    reader, _ = reader_of(tmp_path)
    assert len(reader.texts("open", wavs, "test")) == 4
    assert "made anew" in caplog.text


def test_a_measure_without_its_package_is_left_out_with_the_reason(
    tmp_path, wavs, monkeypatch
):
    def missing(*_):
        raise RuntimeError("it needs the package nothing")

    monkeypatch.setattr(speech_reader, "PREDICTORS", {"distillmos": missing})
    monkeypatch.setattr(speech_reader, "SpeakerEncoder", missing)
    monkeypatch.setattr(speech_reader, "speech_frames", missing)
    reader = SpeechReader({})
    assert set(reader.left_out) == {"distillmos", "similarity", "mcd", "log_f0_rmse"}
    assert "package nothing" in reader.left_out["mcd"]
    assert reader.opinions(wavs[0]) == {}
    assert reader.similarity(*wavs[:2]) == reader.distances(*wavs[:2]) == {}
    with pytest.raises(RuntimeError, match="package nothing"):
        reader.voice(wavs[0])


def test_f0_without_a_voiced_frame_is_none_and_not_a_number(tmp_path, wavs):
    pytest.importorskip("pyworld")
    silence = tmp_path / "silence.wav"
    soundfile.write(silence, np.zeros(8000), 16000)
    reader = SpeechReader({})
    found = reader.distances(silence, wavs[0])
    assert found["log_f0_rmse"] is None and found["mcd"] > 0


def test_an_unusable_file_is_named(tmp_path):
    (tmp_path / "x.wav").write_text("no sound")
    with pytest.raises(ValueError, match="x.wav"):
        hear_speech(tmp_path / "x.wav")
