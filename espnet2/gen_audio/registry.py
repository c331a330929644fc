"""Add the plugin's tasks, from ``parts``, to ESPnet's own lists of tasks.

ESPnet does not search for plugins, and none of our commands needs that: every task has
a training command of its own. ``register`` serves ``espnet.load(tag,
task="gen_audio")``, which ESPnet 202611 has, and ESPnet-EZ, which 202511 has.
"""

import sys
from importlib import import_module

from espnet2.gen_audio.parts import PARTS

INFERENCE = ("espnet2.gen_audio.pipeline.text2audio", "Text2Audio")

# by the names that ESPnet-EZ lists them under: module and class of each task
TASKS = {
    f"gen_audio_{module.rpartition('.')[2]}": (module, task)
    for module, _, task in (record.task.partition(":") for record in PARTS.values())
}


def register() -> list[str]:
    """Add the plugin to those of ESPnet's lists that exist.

    Safe to call again. ``espnet.TASKS`` takes names, so it costs nothing.
    ``espnetez.task.TASK_CLASSES`` takes classes and importing it takes many seconds,
    so it is filled only where the program has imported it already.

    Returns:
        The names that are registered now, sorted; empty if the installed toolkit
        has neither list.
    """
    registered = set()
    lazy = getattr(_imported_or_none("espnet"), "TASKS", None)
    if isinstance(lazy, dict):
        lazy["gen_audio"] = INFERENCE
        registered.add("gen_audio")
    eager = getattr(sys.modules.get("espnetez.task"), "TASK_CLASSES", None)
    if isinstance(eager, dict):
        for name, (module, task) in TASKS.items():
            eager[name] = getattr(import_module(module), task)
            registered.add(name)
    return sorted(registered)


def _imported_or_none(module: str) -> object | None:
    """Return the module, or nothing where it is not installed or does not import."""
    try:
        return import_module(module)
    except ImportError:
        return None
