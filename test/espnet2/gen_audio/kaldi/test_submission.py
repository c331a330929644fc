"""Scripts of Kaldi that take text get the name of a generated file, never words."""

import pytest

from espnet2.gen_audio.kaldi.jobs import parse_array
from espnet2.gen_audio.kaldi.logged_process import log_tail
from espnet2.gen_audio.kaldi.submission import submit

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
    assert submit(scheduler, array) == 0
    for number in (1, 2):
        wanted = "/".join([*HOSTILE, str(number)]) + "/"
        assert log_tail(array.log_of(number), 99) == wanted
    assert not (tmp_path / "made").exists()
    seen = (tmp_path / "seen").read_text()
    assert not any(word and word in seen for word in HOSTILE)
    assert not list((tmp_path / ".jobs").iterdir())


def test_the_status_of_a_failed_job_is_that_of_the_array(scheduler, tmp_path):
    array = parse_array([str(tmp_path / "a.log"), "ls", "absent"])
    assert submit(scheduler, array) == 1
    assert "absent" in (tmp_path / "a.log").read_text()


def test_a_range_with_gaps_is_given_in_parts(scheduler, tmp_path):
    array = parse_array(["JOB=1:2,5", "x.JOB.log", "echo", "JOB"])
    assert submit(scheduler, array) == 0
    seen = (tmp_path / "seen").read_text().splitlines()
    assert len(seen) == 2
    assert [n for n in range(1, 7) if array.log_of(n).exists()] == [1, 2, 5]


def test_what_a_script_said_about_a_job_that_did_not_start_is_its_log(tmp_path):
    script = tmp_path / "slurm.pl"
    script.write_text("#!/bin/bash\necho no such queue > $1; exit 1\n")
    script.chmod(0o755)
    log = tmp_path / "x.log"
    assert submit([str(script)], parse_array([str(log), "ls"]), tmp_path / "j") == 1
    assert log.read_text() == "no such queue\n"


def test_a_part_that_a_signal_ended_is_no_success(tmp_path):
    script = tmp_path / "slurm.pl"
    script.write_text("#!/bin/bash\n[ $1 = JOB=1:1 ] || kill -TERM $$\n")
    script.chmod(0o755)
    array = parse_array(["JOB=1,3", str(tmp_path / "x.JOB.log"), "ls"])
    assert submit([str(script)], array, tmp_path / "j") == 143
