"""Files of ESPnet's scripts: names, lines and the form of sclite."""

from espnet2.gen_audio.metrics.toolkit_files import write_measure, write_trn


def test_values_are_sorted_and_averaged_as_the_toolkit_does(tmp_path):
    write_measure(tmp_path, "mcd", {"b": 3.0, "a": 1.0})
    assert (tmp_path / "utt2mcd").read_text() == "a 1.0000\nb 3.0000\n"
    lines = (tmp_path / "mcd_avg_result.txt").read_text().splitlines()
    assert lines == ["#utterances: 2", "Average: 2.0000 ± 1.0000"]


def test_texts_end_with_speaker_and_id(tmp_path):
    write_trn(tmp_path / "hyp.trn", {"u2": ["six"], "u1": []}, {"u2": "joe"})
    text = (tmp_path / "hyp.trn").read_text()
    assert text == "\t(u1-u1)\nsix\t(joe-u2)\n"
