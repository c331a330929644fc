"""The page of several runs: names, earlier releases, speech, and what is no scores."""

import json

import pytest

from espnet2.gen_audio.bin.score_page import main

ROW = {"name": "predicted", "seeds": ["0"], "clips": 3}


@pytest.fixture
def runs(tmp_path):
    """Write scores of an earlier release, with clips, and scores of speech."""
    old = {"judges": {}, "rows": [{**ROW, "kernel_distance": {"value": 1.5}}]}
    (tmp_path / "old").mkdir()
    (tmp_path / "old/scores.json").write_text(json.dumps(old))
    (tmp_path / "old/clips.jsonl").write_text('{"id": "c1", "judge_train": "bell"}\n')
    (tmp_path / "speech").mkdir()
    speech = {"rows": [{**ROW, "word_errors_open": {"value": 20.0}}]}
    (tmp_path / "speech/speech_scores.json").write_text(json.dumps(speech))
    return tmp_path


def test_runs_of_all_kinds_stand_on_one_page_under_their_names(runs):
    scores = (f"{runs}/old/scores.json", f"mine={runs}/speech/speech_scores.json")
    main(["--scores", *scores, "--output", f"{runs}/page.html"])
    page = (runs / "page.html").read_text()
    assert "<h1>old</h1>" in page and "<h1>mine</h1>" in page
    assert "1.5" in page and "probe_train" in page and "judge" not in page


def test_what_is_no_file_of_scores_ends_in_one_line(runs, capsys):
    (runs / "other.json").write_text("[]")
    with pytest.raises(SystemExit) as end:
        main(["--scores", f"{runs}/other.json", "--output", f"{runs}/page.html"])
    error = capsys.readouterr().err
    assert end.value.code == 2 and "is no file of scores" in error
    assert not (runs / "page.html").exists()
