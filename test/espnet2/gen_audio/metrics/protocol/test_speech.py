"""Speech in a run on anybody's sounds: rows, records, comparison, jobs, refusals."""

import json

import pytest

from espnet2.gen_audio.metrics.protocol.run import run_part, run_protocol
from espnet2.gen_audio.metrics.protocol.sets import Part
from espnet2.gen_audio.metrics.speech_evaluation import whisper

PLAIN = "{text: a, sample_rate: 16000, metrics: [loudness], speech: [wer, cer]}"


class Loudest:
    """Stands in for Whisper: the louder a clip's noise, the fewer words it writes."""

    name, version, batch = "loudest", "1", 4
    calls = 0

    def __init__(self, folder, num_threads):
        pass

    def __call__(self, waves, words=()):
        type(self).calls += len(waves)
        noisy = [abs(wave[-200:]).mean() > 0.01 for wave in waves]
        return ["a tone" if one else "a tone of one bell" for one in noisy]


@pytest.fixture
def speech(sets, request_for, tmp_path, monkeypatch):
    """Return a function that makes requests with transcripts."""
    monkeypatch.setattr(whisper, "Whisper", Loudest)
    path = tmp_path / "speech.yaml"
    path.write_text(PLAIN)
    ids = (sets / "text").read_text().split("\n")[:-1]
    said = tmp_path / "transcript"
    said.write_text("".join(f"{one.split()[0]} A tone of one bell.\n" for one in ids))

    def make(folder, **options):
        given = {"protocol": path, "encoders": (), "transcript": said} | options
        return request_for(tmp_path / folder, **given)

    return make


def test_words_stand_in_the_rows_and_records_of_recordings_and_sets(speech):
    found = run_protocol(speech("out", compared=("same", "noisy")))
    rows = {row["name"]: row for row in found.scores["rows"]}
    assert rows["recordings"]["wer"] == rows["same"]["wer"]
    assert rows["noisy"]["wer"]["value"] > rows["same"]["wer"]["value"]
    assert "wer" not in rows["noise"] and "loudness" in rows["noise"]
    keys = [metric["key"] for metric in found.scores["metrics"]]
    assert keys == ["loudness", "wer", "cer"]
    (record,) = [r for r in found.records if (r["system"], r["id"]) == ("noisy", "c00")]
    assert record["recognised"]["open"].startswith("a tone") and "loudness" in record
    assert found.lock["recognisers"] == {"open": "loudest 1"}
    difference = found.scores["comparison"]["differences"]["wer"]
    values = [rows[name]["wer"]["value"] for name in ("same", "noisy")]
    assert difference["value"] == pytest.approx(values[0] - values[1], abs=1e-3)
    assert difference["low"] <= difference["value"] <= difference["high"]
    assert difference["better"] == "same"


def test_jobs_recognise_their_clips_and_the_run_after_them_none(speech, tmp_path):
    whole = run_protocol(speech("whole")).scores
    for number in (1, 2, 3):
        run_part(speech("jobs", part=Part(number, 3)))
    before = Loudest.calls
    joined = run_protocol(speech("jobs")).scores
    assert Loudest.calls == before
    assert json.dumps(joined) == json.dumps(whole)


def test_a_protocol_of_speech_without_transcripts_and_a_silent_line_are_refused(
    speech, tmp_path
):
    with pytest.raises(ValueError, match=r"what is said \(wer\); give --transcript"):
        run_protocol(speech("out", transcript=None))
    said = tmp_path / "transcript"
    said.write_text(said.read_text().replace("c03 A tone of one bell.", "c03 ..."))
    with pytest.raises(ValueError, match="--transcript has no word for c03"):
        run_protocol(speech("out"))
