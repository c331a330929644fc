"""The command that ends jobs of a run that ended with its machine."""

from espnet2.gen_audio.bin import end_jobs


def test_ended_jobs_are_named(monkeypatch, capsys):
    monkeypatch.setattr(end_jobs, "end_left_jobs", lambda: ["7", "8[].server"])
    end_jobs.main([])
    assert capsys.readouterr().out.endswith("of an earlier run: 7 8[].server\n")


def test_without_a_folder_of_jobs_nothing_is_said(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    end_jobs.main([])
    assert capsys.readouterr().out == ""
