"""Garbage collection rests while a command imports its libraries, and no longer."""

import gc
import subprocess
import sys
import weakref

import pytest

from espnet2.gen_audio.cli.garbage import pause_collection, resume_collection

START = """
import gc
import sys
import espnet2.gen_audio.bin
from importlib import reload
states = [gc.isenabled()]  # "-c": a program that imports a command
for name in ("-m", "/usr/bin/espnet-gen-audio"):
    gc.enable()
    sys.argv = [name]
    reload(espnet2.gen_audio.bin)
    states.append(gc.isenabled())
import json
from espnet2.gen_audio.cli.command import one_line_errors
with one_line_errors():
    states += [gc.isenabled(), gc.get_freeze_count() > 1000]
print(json.dumps(states))
"""


class Circle:
    """An object that holds itself, which reference counting does not free."""

    def __init__(self):
        self.own = self


@pytest.fixture
def thawed():
    """End a test without exempted objects that are its own."""
    yield
    gc.enable()
    gc.unfreeze()


def test_a_command_imports_without_and_works_with_collections():
    done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True)
    assert done.stdout == "[true, false, false, true, true]\n", done.stderr


def test_what_was_loaded_is_exempt_and_what_comes_later_is_collected(thawed):
    pause_collection()
    loaded = weakref.ref(Circle())
    resume_collection()
    later = weakref.ref(Circle())
    gc.collect()
    assert loaded() is not None
    assert later() is None


def test_a_caller_who_has_stopped_collections_keeps_them_stopped(thawed):
    gc.disable()
    pause_collection()
    resume_collection()
    assert not gc.isenabled()


def test_a_second_command_of_a_process_exempts_nothing_more(thawed):
    pause_collection()
    resume_collection()
    frozen = gc.get_freeze_count()
    resume_collection()
    assert gc.get_freeze_count() <= frozen
