"""Choose a registered class by its name in a config.

The tables are ESPnet's ``ClassChoices``, which give a task its options ``--NAME`` and
``--NAME_conf``. A config never imports a module by its path.
"""

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

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
    if not isinstance(name, str) or name not in choices.classes:
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
    return build_with(
        chosen, key, config.get(key) if conf is None else conf, *arguments
    )


def build_with(
    target: Callable[..., Any], key: str, given: Any, *arguments: Any, **parts: Any
) -> Any:
    """Build an object with the values that a config has for it.

    Args:
        target: Its class.
        key: Name of the values in the config.
        given: Values by name; None for none.
        *arguments: Positional arguments of the class.
        **parts: Further arguments that are no values of the config.

    Returns:
        The object.

    Raises:
        ValueError: If a name is unknown, or a value does not fit.
    """
    given = {} if given is None else given
    refuse_misfits(target, given, key)
    try:
        return target(*arguments, **parts, **given)
    except (ValueError, OSError, ImportError, MemoryError):
        raise  # these say what is wrong
    except Exception as error:  # libraries refuse 0 heads and -1 features in any way
        reason = " ".join(f"{error}".split())[:200]
        if not isinstance(error, TypeError):
            reason += f" ({type(error).__name__}); got {str(dict(given))[:200]}"
        raise ValueError(f"{key} does not fit {target.__name__}: {reason}") from error


def refuse_misfits(
    target: Callable[..., Any],
    given: Any,
    key: str,
    left_out: Sequence[str] = (),
    called: Mapping[str, str] | None = None,
) -> None:
    """Refuse arguments whose values are of another type than a class states.

    Many classes would take them, and fail later or compute something else:
    ``components=2.5``, or ``correction='false'``, which is a true value in Python.

    Args:
        target: A class or function; parameters of other than plain types, and those
            that it does not name, are left to it.
        given: Values by name.
        key: Name of the values in the config.
        left_out: Names of values that are checked elsewhere.
        called: Names of parameters that are called otherwise in the config, by the
            names there.

    Raises:
        ValueError: If a value does not fit, or there is no mapping of values.
    """
    if not isinstance(given, Mapping):
        raise ValueError(f"{key}: got {str(given)[:60]!r}; give values by name")
    parameters = inspect.signature(target, eval_str=True).parameters
    for name, value in given.items():
        stated = parameters.get((called or {}).get(name, name))
        if stated is None or name in left_out or value is stated.default:
            continue
        wanted = _wanted(value, stated.annotation)
        if wanted:
            raise ValueError(f"{key}, {name}: got {str(value)[:60]!r}; give {wanted}")


_PLAIN = {
    bool: (bool, "true or false"),
    int: (Integral, "a whole number"),
    float: (Real, "a number"),
    str: (str, "a text"),
    NoneType: (NoneType, "null"),
}


def _wanted(value: Any, stated: Any) -> str:
    """Return what a parameter takes in words, or nothing if a value fits."""
    if stated in _PLAIN:
        return _wanted_of_plain(value, stated)
    origin, inner = get_origin(stated), get_args(stated)
    if origin in (Union, UnionType):
        each = [_wanted(value, one) for one in inner]
        return " or ".join(each) if all(each) else ""
    if origin is Mapping:
        return _wanted_of_mapping(value, inner[1])
    if origin in (tuple, list, Sequence) and inner:
        return _wanted_of_list(value, inner, origin is tuple and Ellipsis not in inner)
    return ""


def _wanted_of_plain(value: Any, stated: type) -> str:
    """Return what a parameter with one value takes, or nothing if a value fits."""
    kind, words = _PLAIN[stated]
    fits = isinstance(value, kind) and (stated is bool or not isinstance(value, bool))
    if fits and isinstance(value, float):
        fits = math.isfinite(value)
    return "" if fits else words


def _wanted_of_mapping(value: Any, inner: Any) -> str:
    """Return what a parameter with values by name takes, or nothing if a value fits."""
    if not isinstance(value, Mapping):
        return "values by name"
    each = filter(None, (_wanted(one, inner) for one in value.values()))
    return next((f"values by name, each {words}" for words in each), "")


def _wanted_of_list(value: Any, inner: Sequence[Any], counted: bool) -> str:
    """Return what a parameter with a list takes, or nothing if a value fits."""
    number = f"{len(inner)} values" if counted else "values"
    if not isinstance(value, (list, tuple)) or (counted and len(value) != len(inner)):
        return f"a list of {number}"
    types = inner if counted else [inner[0]] * len(value)
    each = filter(None, map(_wanted, value, types))
    return next((f"a list of {number}, each {words}" for words in each), "")
