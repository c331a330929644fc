"""JSON lines for VERSA: one file a system and seed, its names, numbers alone."""

import json

from espnet2.gen_audio.metrics.report.versa_files import versa_record, write_versa

RECORD = {"id": "c1", "system": "ours", "seed": "2", "si_sdr": 3.5, "label": "bell"}


def test_a_line_has_the_key_and_numbers_under_versas_names():
    assert versa_record(RECORD) == {"key": "c1", "si_snr": 3.5}
    one = {**RECORD, "clap_score_laion": 0.5}
    assert versa_record(one)["clap_score"] == 0.5
    two = {**one, "clap_score_ms": 0.4}
    assert versa_record(two) == {
        "key": "c1",
        "si_snr": 3.5,
        "clap_score_laion": 0.5,
        "clap_score_ms": 0.4,
    }


def test_recognised_words_stand_under_the_keys_of_versas_recognition_metrics():
    counts = {"substitutions": 1, "deletions": 2, "insertions": 3, "length": 9}
    spoken = {"recognised": {"open": "a b"}, "transcript": "a c", "wer_open": counts}
    assert versa_record({"id": "c", **spoken, "similarity": 0.5}) == {
        "key": "c",
        "spk_similarity": 0.5,
        "whisper_wer_delete": 2,
        "whisper_wer_insert": 3,
        "whisper_wer_replace": 1,
        "whisper_wer_equal": 6,
        "whisper_hyp_text": "a b",
        "ref_text": "a c",
    }


def test_each_system_and_seed_has_its_file(tmp_path):
    other = {**RECORD, "id": "c2", "seed": ""}
    files = write_versa(tmp_path, [RECORD, {**RECORD, "id": "c3"}, other])
    assert [path.name for path in files] == ["ours_seed2.jsonl", "ours.jsonl"]
    lines = files[0].read_text().splitlines()
    assert [json.loads(line)["key"] for line in lines] == ["c1", "c3"]
