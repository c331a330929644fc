"""No garbage collection while a command imports its libraries.

The imports of torch, diffusers, transformers and ESPnet make more than a million
objects, nearly all of which stay. Python would look through them again and again for
reference cycles, which takes a third of the CPU time in which a training starts.
"""

import gc

_paused = False


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
