"""Old names of options and choices, which keep working and say what replaced them."""

import logging
import sys
from collections.abc import Mapping, Sequence

BENCH = {
    "--peer": "--baseline",
    "--peer_dtype": "--baseline_dtype",
    "--memory_arms": "--memory_systems",
    "loa_rollout": "loa_generation",
}


def renamed(cmd: Sequence[str] | None, new_names: Mapping[str, str]) -> list[str]:
    """Return a command line in which new names stand for old ones.

    Args:
        cmd: Arguments; those of the command line when absent.
        new_names: New name of every old option or choice.

    Returns:
        The arguments; each replaced name is logged as a warning.
    """
    words = list(sys.argv[1:] if cmd is None else cmd)
    for place, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in new_names:
            logging.warning("%s is an old name; use %s", name, new_names[name])
            words[place] = f"{new_names[name]}{equals}{value}"
    return words
