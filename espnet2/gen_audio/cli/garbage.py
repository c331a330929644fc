"""No garbage collection while a command imports its libraries.

The imports of torch, diffusers, transformers and ESPnet make more than a million
objects, nearly all of which stay. Python would look through them again and again for
reference cycles, which takes a third of the CPU time in which a training starts.
"""

import gc
import sys
from pathlib import Path

_paused = False
_COMMAND = "espnet-gen-audio"  # entry point of setup.py


def is_command() -> bool:
    """Tell whether this process is a command, and not a program that imports one.

    ``python -m PACKAGE.COMMAND`` imports the package while the first argument is "-m".
    """
    return sys.argv[:1] == ["-m"] or Path(*sys.argv[:1]).name == _COMMAND


def pause_collection() -> None:
    """Collect no garbage until ``resume_collection``; for a process that starts."""
    global _paused
    if gc.isenabled():
        gc.disable()
        _paused = True


def resume_collection() -> None:
    """Collect garbage again, but not among the objects that are alive now.

    Does nothing unless ``pause_collection`` has stopped it.
    """
    global _paused
    if _paused:
        gc.freeze()
        gc.enable()
        _paused = False
