"""Add the plugin's tasks, from ``parts``, to ESPnet's own lists of tasks.

ESPnet does not search for plugins. Our commands do not need it, since every task has
its own training command. ``register`` is for ``espnet.load(tag, task="gen_audio")`` of
ESPnet 202611 and for ESPnet-EZ of ESPnet 202511.
"""

import sys
from importlib import import_module

from espnet2.gen_audio.parts import PARTS

INFERENCE = ("espnet2.gen_audio.pipeline.text2audio", "Text2Audio")

# ESPnet-EZ's name -> module and class of each task
TASKS = {
    f"gen_audio_{module.rpartition('.')[2]}": (module, task)
    for module, _, task in (record.task.partition(":") for record in PARTS.values())
}


def register() -> list[str]:
    """Add the plugin to those of ESPnet's lists that exist.

    A second call changes nothing. ``espnet.TASKS`` has names, so it is always extended.
    ``espnetez.task.TASK_CLASSES`` has classes and takes many seconds to import, so it
    is extended only if the program has imported it already.

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
    """Return the module; None if it is not installed or its import fails."""
    try:
        return import_module(module)
    except ImportError:
        return None
