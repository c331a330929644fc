"""Work that is guarded goes on until it has noticed the end of its caller."""

import os
import signal
import subprocess
import sys
import time

import pytest

from espnet2.gen_audio.kaldi.lifetime import guarded

SCRIPT = """
import sys, time
from espnet2.gen_audio.kaldi.lifetime import guarded

def work(lives):
    print("started", flush=True)
    while lives():
        time.sleep(0.05)
    time.sleep(float(sys.argv[1]))
    print("noticed", flush=True)
    return 5

sys.exit(guarded(work))
"""


@pytest.mark.parametrize("status", [0, 3])
def test_its_status_is_that_of_the_work(status):
    assert guarded(lambda lives: status if lives() else 9) == status


def test_an_error_is_told_and_never_returns_into_the_caller(capfd):
    def work(lives):
        raise RuntimeError("no such thing")

    before = os.getpid()
    assert guarded(work) == 1
    assert os.getpid() == before
    assert capfd.readouterr().err == "error: no such thing\n"


@pytest.mark.parametrize(
    "number, status",
    [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)],
)
def test_the_work_ends_after_the_caller_however_that_ends(number, status):
    caller = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, "0"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert caller.stdout.readline() == "started\n"
    time.sleep(0.1)
    os.killpg(caller.pid, number)
    assert caller.wait(timeout=30) == status
    assert caller.stdout.read() == "noticed\n"


def test_more_signals_do_not_disturb_the_end(capfd):
    words = [sys.executable, "-c", SCRIPT, "1"]
    caller = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert caller.stdout.readline() == "started\n"
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
        time.sleep(0.2)
        caller.send_signal(number)
    assert caller.wait(timeout=30) == 143
    assert caller.stdout.read() == "noticed\n"
    assert capfd.readouterr().err == ""


def test_a_signal_just_after_the_work_is_no_fault(monkeypatch):
    def wait(process, options):
        result = really_wait(process, options)
        os.kill(os.getpid(), signal.SIGTERM)
        return result

    really_wait = os.waitpid
    monkeypatch.setattr(os, "waitpid", wait)
    with pytest.raises(SystemExit) as ended:
        guarded(lambda lives: 0)
    assert ended.value.code == 143


ORPHAN = """
import os, time
from espnet2.gen_audio.kaldi.lifetime import death_with_parent

die_with_parent, parent = death_with_parent(), os.getpid()
if os.fork() == 0:
    while os.getppid() == parent:
        time.sleep(0.01)
    die_with_parent()
    print("lives on")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux to end the process")
def test_a_process_whose_parent_has_ended_before_is_killed_at_once():
    made = subprocess.run([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE)
    assert (made.returncode, made.stdout) == (0, b"")
