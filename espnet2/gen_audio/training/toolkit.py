"""ESPnet's task and trainers, imported without what only other parts of it need.

``espnet2.tasks.abs_task`` imports adapters, and with them a speech encoder of
transformers; ``espnet2.train.trainer`` imports the attentions of every task of ESPnet,
and with them numba and SciPy's statistics. Together they are more than half of the time
until a training has its options. Here both are imported when one of their functions is
called, so that a mistaken option is refused early, and the AudioMAE, which needs none
of these libraries, starts sooner.
"""

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

DEFERRED = {
    "espnet2.layers.create_adapter": "create_adapter",
    "espnet2.main_funcs.calculate_all_attentions": "calculate_all_attentions",
}


@contextmanager
def deferred(functions: dict[str, str]) -> Iterator[None]:
    """Let modules that are imported inside take functions without their modules.

    A module that was imported before, or of which anything else is taken, is imported
    as ever; afterwards every module is.

    Args:
        functions: Name of the function that is taken, by module.
    """
    stand_ins = {
        module: _stand_in(module, function)
        for module, function in functions.items()
        if module not in sys.modules
    }
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for module, stand_in in stand_ins.items():
            if sys.modules.get(module) is stand_in:
                del sys.modules[module]


def _stand_in(module: str, function: str) -> ModuleType:
    """Return a module with one function, which imports and calls the true one."""

    def of_the_true_module(name: str) -> Any:
        """Import the true module and return what is asked for.

        Args:
            name: A name in it.

        Returns:
            What it has under that name.

        Raises:
            AttributeError: If Python itself asks, while it imports.
        """
        if name.startswith("__"):
            raise AttributeError(name)
        # another release of ESPnet takes more than the function
        sys.modules.pop(module, None)
        return getattr(importlib.import_module(module), name)

    made = ModuleType(module, "Stands in for a module that is imported at need.")
    made.__getattr__ = of_the_true_module
    setattr(made, function, _imported_at_need(module, function))
    return made


def _imported_at_need(module: str, function: str) -> Callable[..., Any]:
    """Return a function that imports the one of this name, and calls it."""

    def call(*args: Any, **options: Any) -> Any:
        """Import and call it."""
        return getattr(importlib.import_module(module), function)(*args, **options)

    call.__name__ = call.__qualname__ = function
    return call


with deferred(DEFERRED):
    from espnet2.tasks.abs_task import AbsTask, optim_classes
    from espnet2.train.gan_trainer import GANTrainer
    from espnet2.train.trainer import Trainer

__all__ = ["AbsTask", "GANTrainer", "Trainer", "optim_classes"]
