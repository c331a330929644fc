"""Jobs on hosts by ssh."""

import time
from pathlib import Path

import pytest
from stand_ins import calls, run

from espnet2.gen_audio.kaldi.cluster.hosts import Hosts
from espnet2.gen_audio.kaldi.cluster.job_folder import JobFolder
from espnet2.gen_audio.kaldi.cluster.rules import read_rules
from espnet2.gen_audio.kaldi.jobs import parse_array
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


def test_a_host_that_ssh_does_not_reach_is_put_aside_and_another_has_its_job(
    hosts, tmp_path, caplog
):
    (tmp_path / "bin" / "dead").write_text("one")
    words = ["JOB=1:4", "x.JOB.log", "true"]
    assert run(hosts, tmp_path, words) == []
    found = [words[0] for words in calls(tmp_path / "bin", "ssh")]
    assert sorted(found) == ["one", "two", "two", "two", "two"]
    (told,) = [x.getMessage() for x in caplog.records if x.levelname == "WARNING"]
    assert "host one gets no more jobs" in told and told.endswith("No route to host")


def test_a_host_without_the_shared_folder_is_named_and_has_no_job_in_the_whole_run(
    hosts, tmp_path, caplog, monkeypatch
):
    (tmp_path / "bin" / "blind").write_text("one")
    monkeypatch.setenv("HOSTS_ASIDE", str(tmp_path / "aside"))
    words = ["JOB=1:2", "x.JOB.log", "true"]
    assert run(hosts, tmp_path, words) == []
    (told,) = [x.getMessage() for x in caplog.records if x.levelname == "WARNING"]
    assert "host one gets no more jobs" in told and "\n" not in told
    assert f"must see {Path.cwd()} and" in told and "No such file" in told
    assert run(hosts, tmp_path, ["x.log", "true"]) == []  # the next one of the run
    asked = [words[0] for words in calls(tmp_path / "bin", "ssh")]
    assert sorted(asked) == ["one", "two", "two", "two"]
    (tmp_path / "aside").write_text("one why\ntwo why not\n")
    with pytest.raises(ValueError, match=r"no host left \(one: why; two: why not\)"):
        run(hosts, tmp_path, words)


def test_without_a_host_left_the_run_ends_with_what_ssh_said(hosts, tmp_path):
    (tmp_path / "bin" / "dead").write_text("one two")
    with pytest.raises(ValueError, match=r"no host left .*(to host (one|two).*){2}"):
        run(hosts, tmp_path, ["JOB=1:4", "x.JOB.log", "true"])
    assert not list((tmp_path / "jobs").iterdir())


@pytest.mark.parametrize("end", ["exit 255", "kill -9 $PPID"])
def test_a_job_that_ends_as_a_failed_ssh_does_has_failed_itself(
    hosts, tmp_path, caplog, end
):
    words = ["x.log", "bash", "-c", end]
    assert run(hosts, tmp_path, words) == [1]
    assert len(calls(tmp_path / "bin", "ssh")) == 1
    assert "no more jobs" not in caplog.text


def test_no_place_is_lost_to_a_connection_that_closes_while_its_job_is_repeated(
    hosts, tmp_path
):
    (tmp_path / "bin" / "slow").write_text("1")
    (tmp_path / "ssh.conf").write_text("option host=one\noption host=two\n")
    backend = Hosts(read_rules(tmp_path / "ssh.conf", "ssh"), {})
    folder = JobFolder(parse_array(["x.log", "sh", "-c", "exit 255"]), tmp_path)
    for _ in range(2):
        folder.forget(1)
        backend.start(folder, [1])
        while not folder.statuses():
            time.sleep(0.05)
    while backend.lives():
        time.sleep(0.05)
    assert len(calls(tmp_path / "bin", "ssh")) == len(backend._free) == 2
    folder.remove()
