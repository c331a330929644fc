"""The command by which a scheduler runs one job of a generated file."""

import json
import subprocess
import sys

import pytest

from espnet2.gen_audio.bin.run_job_file import main


def test_the_process_becomes_the_job(tmp_path):
    job = {"name": "JOB", "command": ["printf", "%s", "part JOB"]}
    (tmp_path / "job.json").write_text(json.dumps(job))
    words = [
        "-m",
        "espnet2.gen_audio.bin.run_job_file",
        str(tmp_path / "job.json"),
        "3",
    ]
    made = subprocess.run([sys.executable, *words], capture_output=True, text=True)
    assert (made.stdout, made.returncode) == ("part 3", 0)


def test_a_missing_file_is_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(tmp_path / "absent"), "1"])
    assert "absent: No such file or directory" in capsys.readouterr().err
