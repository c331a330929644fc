"""How long processes live: jobs end with the recipe that started them.

A process can be killed at any time without a chance to clean up. On Linux its children
can ask to be killed with it. Jobs on other machines are no children; a process of its
own watches over them and notices the end of its caller, whatever ended it.
"""

import contextlib
import ctypes
import os
import select
import signal
import sys
from collections.abc import Callable
from types import FrameType

_PR_SET_PDEATHSIG = 1  # Linux, sys/prctl.h
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def death_with_parent() -> Callable[[], None] | None:
    """Return a function after which a process is killed when its parent ends.

    Returns:
        A function for ``preexec_fn`` of ``subprocess``, or for a process to call
        itself; None on systems other than Linux. It kills the process at once if the
        parent has ended before.
    """
    prctl = getattr(ctypes.CDLL(None), "prctl", None)  # absent outside Linux
    if prctl is None:
        return None
    maker, its_parent = os.getpid(), os.getppid()

    def die_with_parent() -> None:
        """Ask Linux to kill this process with its parent."""
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        parent = its_parent if os.getpid() == maker else maker
        if os.getppid() != parent:  # it ended before Linux was asked
            os.kill(os.getpid(), signal.SIGKILL)

    return die_with_parent


def on_signals(action: Callable[[int], None]) -> Callable[[], None]:
    """Call a function when this process is asked to end.

    Args:
        action: Gets the number of the signal.

    Returns:
        A function that restores the previous handlers.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        """Handle a signal.

        Args:
            number: The signal.
            frame: Unused.
        """
        action(number)

    before = {number: signal.signal(number, handle) for number in SIGNALS}

    def restore() -> None:
        """Restore the previous handlers of the signals."""
        for number, handler in before.items():
            signal.signal(number, handler)

    return restore


def guarded(work: Callable[[Callable[[], bool]], int]) -> int:
    """Do some work in a process that outlives this one and notices its end.

    The other process has a session of its own, so that signals to the group of this one
    do not reach it. It inherits open files: a lock is held until the work has ended.

    Args:
        work: Gets a function that says whether this process still lives, and is to end
            soon after it says no. Returns an exit status.

    Returns:
        The exit status of the work.

    Raises:
        SystemExit: If a signal asked this process to end; the work has ended before.
    """
    watched, held = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    guard = os.fork()
    if guard == 0:
        os.close(held)
        os.setsid()
        os._exit(_status_of(work, watched))
    os.close(watched)

    signals: list[int] = []

    def stop(number: int) -> None:
        """Tell the guard to end its work, however often and at whatever time.

        Args:
            number: The signal.
        """
        signals.append(number)
        with contextlib.suppress(BrokenPipeError):  # the guard has ended
            os.write(held, b"x")

    restore = on_signals(stop)
    try:
        _, status = os.waitpid(guard, 0)  # goes on after a signal
    finally:
        restore()
        os.close(held)
    if signals:
        raise SystemExit(128 + signals[0])
    return os.waitstatus_to_exitcode(status)


def _status_of(work: Callable[[Callable[[], bool]], int], watched: int) -> int:
    asked = []  # signals to the guard itself
    on_signals(asked.append)

    def lives() -> bool:
        """Return whether the caller lives: the pipe is at its end when it does not.

        It has something to read when the caller was asked to end.
        """
        return not asked and not select.select([watched], [], [], 0)[0]

    status = 1
    try:
        status = work(lives)
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    except Exception as error:
        sys.stderr.write(f"error: {error}\n")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return status
