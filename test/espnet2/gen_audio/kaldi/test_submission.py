"""Schedulers that take text get the name of a generated file, never words."""

import pytest

from espnet2.gen_audio.kaldi.jobs import parse_array
from espnet2.gen_audio.kaldi.submission import command_of_file, submit

READER = ("python3", "-m", "espnet2.gen_audio.bin.run_job_file")
HOSTILE = ("a b", 'c "d"', "o'brien", "$HOME", "`touch made`", "x;touch${IFS}made", "")

# what slurm.pl and queue.pl do: options, JOB=1:n, a log, and words joined for a shell
SCRIPT = """#!/usr/bin/env bash
while [[ $1 == --* ]]; do shift 2; done
array=1:1 name=
if [[ $1 == *=* ]]; then name=${1%%=*} array=${1#*=}; shift; fi
log=$1; shift
echo "$*" >> seen
for n in $(seq "${array%:*}" "${array#*:}"); do
    line="$*" out=${log}
    if [ -n "${name}" ]; then line=${line//${name}/$n}; out=${log//${name}/$n}; fi
    bash -c "${line}" > "${out}" 2>&1 || status=1
done
exit "${status:-0}"
"""


@pytest.fixture
def scheduler(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    script = tmp_path / "slurm.pl"
    script.write_text(SCRIPT)
    script.chmod(0o755)
    return [str(script), "--mem", "1G"]


def test_every_word_reaches_the_job_and_no_shell_sees_it(scheduler, tmp_path):
    log = tmp_path / "o'brien" / "x.JOB.log"
    array = parse_array(["JOB=1:2", str(log), "printf", "%s/", *HOSTILE, "JOB"])
    assert submit(scheduler, array, READER) == 0
    for number in (1, 2):
        wanted = "/".join([*HOSTILE, str(number)]) + "/"
        assert array.log_of(number).read_text() == wanted
        assert not array.log_of(number).is_symlink()
    assert not (tmp_path / "made").exists()
    seen = (tmp_path / "seen").read_text()
    assert not any(word and word in seen for word in HOSTILE)
    assert not list((tmp_path / ".jobs").iterdir())


def test_the_status_of_a_failed_job_is_that_of_the_array(scheduler, tmp_path):
    array = parse_array([str(tmp_path / "a.log"), "ls", "absent"])
    assert submit(scheduler, array, READER) == 1
    assert "absent" in (tmp_path / "a.log").read_text()


@pytest.mark.parametrize("content", ["[]", '{"command": []}', '{"command": [1]}'])
def test_a_file_of_another_form_is_refused(tmp_path, content):
    (tmp_path / "job.json").write_text(content)
    with pytest.raises(ValueError, match="contains no job"):
        command_of_file(tmp_path / "job.json", 1)
