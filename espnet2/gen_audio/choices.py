"""Choose a registered class by its name in a config.

The tables are ESPnet's ``ClassChoices``, which give a task its options ``--NAME`` and
``--NAME_conf``. A config never imports a module by its path.
"""

from collections.abc import Mapping
from typing import Any

from espnet2.train.class_choices import ClassChoices


def chosen_class(choices: ClassChoices, config: Mapping[str, Any]) -> type:
    """Return the class that a config names.

    Args:
        choices: The table.
        config: Contents of config.yaml; without the key, the default of the table is
            used.

    Returns:
        The class.

    Raises:
        ValueError: If no class is registered under this name.
    """
    name = config.get(choices.name) or choices.default
    if name not in choices.classes:
        raise ValueError(
            f"{choices.name} {name!r} is unknown; use {', '.join(choices.classes)}"
        )
    return choices.classes[name]


def build_chosen(
    choices: ClassChoices,
    config: Mapping[str, Any],
    *arguments: Any,
    conf: Mapping[str, Any] | None = None,
) -> Any:
    """Build an object of the class that a config names.

    Args:
        choices: The table.
        config: Contents of config.yaml.
        *arguments: Positional arguments of the class.
        conf: Its keyword arguments; the config's ``NAME_conf`` if None.

    Returns:
        The object.

    Raises:
        ValueError: If the name or a keyword is unknown, or a value does not fit.
    """
    chosen = chosen_class(choices, config)
    key = f"{choices.name}_conf"
    given = (config.get(key) or {}) if conf is None else conf
    try:
        return chosen(*arguments, **given)
    except TypeError as error:
        raise ValueError(f"{key} does not fit {chosen.__name__}: {error}") from error
