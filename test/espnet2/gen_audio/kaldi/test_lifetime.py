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
        [sys.executable, "-c", SCRIPT],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert caller.stdout.readline() == "started\n"
    time.sleep(0.1)
    os.killpg(caller.pid, number)
    assert caller.wait(timeout=30) == status
    assert caller.stdout.read() == "noticed\n"
