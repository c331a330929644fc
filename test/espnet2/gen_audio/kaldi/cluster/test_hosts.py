"""Jobs on hosts by ssh."""

from pathlib import Path

import pytest
from stand_ins import calls, run

from espnet2.gen_audio.kaldi.cluster.hosts import Hosts
from espnet2.gen_audio.kaldi.cluster.rules import read_rules
from espnet2.gen_audio.kaldi.logged_process import log_tail


def test_jobs_on_hosts_have_gpus_of_their_own(hosts, tmp_path):
    script = (
        "echo $CUDA_VISIBLE_DEVICES; touch JOB;"
        " until [ -e 1 -a -e 2 -a -e 3 ]; do sleep 0.1; done"
    )
    words = ["JOB=1:3", "x.JOB.log", "bash", "-c", script]
    assert run(hosts, tmp_path, words, gpu="1") == []
    assert sorted(log_tail(Path(f"x.{n}.log")) for n in (1, 2, 3)) == ["0", "1", "5"]
    with pytest.raises(ValueError, match="no host with 3 GPU"):
        run(hosts, tmp_path, words, gpu="3")


def test_every_host_gets_jobs_and_no_more_at_once_than_it_has_places(hosts, tmp_path):
    script = "echo start >> seen; sleep 0.3; echo end >> seen"
    words = ["JOB=1:4", "x.JOB.log", "bash", "-c", script]
    assert run(hosts, tmp_path, words, mem="8G") == []
    found = [words[0] for words in calls(tmp_path / "bin", "ssh")]
    assert set(found) == {"one", "two"} and len(found) == 4
    lines = Path("seen").read_text().split()
    assert all(lines[:n].count("start") - lines[:n].count("end") <= 2 for n in range(9))


def test_a_name_that_would_be_an_option_of_ssh_is_refused(tmp_path):
    (tmp_path / "ssh.conf").write_text("option host=-oProxyCommand=ls\n")
    with pytest.raises(ValueError, match="is no name of a host"):
        Hosts(read_rules(tmp_path / "ssh.conf", "ssh"), {})
