"""Files of ESPnet's scripts: names, lines and the form of sclite."""

from espnet2.gen_audio.metrics.report.toolkit_files import (
    write_measure,
    write_system,
    write_trn,
)
from espnet2.gen_audio.metrics.speech_evaluation.speech_set import SpeechTestSet


def test_values_are_sorted_and_averaged_as_the_toolkit_does(tmp_path):
    write_measure(tmp_path, "mcd", {"b": 3.0, "a": 1.0})
    assert (tmp_path / "utt2mcd").read_text() == "a 1.0000\nb 3.0000\n"
    lines = (tmp_path / "mcd_avg_result.txt").read_text().splitlines()
    assert lines == ["#utterances: 2", "Average: 2.0000 ± 1.0000"]


def test_texts_end_with_speaker_and_id(tmp_path):
    write_trn(tmp_path / "hyp.trn", {"u2": ["six"], "u1": []}, {"u2": "joe"})
    text = (tmp_path / "hyp.trn").read_text()
    assert text == "\t(u1-u1)\nsix\t(joe-u2)\n"


def test_a_system_gets_a_file_a_measure_and_a_folder_a_recogniser(tmp_path):
    test = SpeechTestSet(None, {"a": ["six"], "b": ["two"]}, {"a": "joe", "b": "ann"})
    records = [
        {"id": "a", "mcd": 1.0, "recognised": {"open": "6", "espnet": "Six!"}},
        {"id": "b", "mcd": None, "recognised": {"open": "to", "espnet": ""}},
    ]
    write_system(tmp_path, records, ["mcd", "dnsmos"], test)
    assert (tmp_path / "utt2mcd").read_text() == "a 1.0000\n"
    assert not (tmp_path / "utt2dnsmos").exists()
    hypotheses = {
        folder.name: (folder / "hyp.trn").read_text()
        for folder in tmp_path.glob("score_wer*")
    }
    assert hypotheses == {
        "score_wer": "six\t(joe-a)\nto\t(ann-b)\n",
        "score_wer_espnet": "six\t(joe-a)\n\t(ann-b)\n",
    }
    reference = (tmp_path / "score_wer/ref.trn").read_text()
    assert reference == "six\t(joe-a)\ntwo\t(ann-b)\n"
