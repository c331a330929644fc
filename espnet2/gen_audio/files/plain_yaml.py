"""Read and write YAML of plain values, within bounds of size, depth and repetition.

A file of 300 bytes may name a list ten times in a list, that one ten times in the next,
and so on; merged into a mapping (``<<``), it becomes gigabytes. The values are counted
as they would be written out in full, before any of them is built.

YAML 1.1 has forms of numbers that nobody means: ``1_0`` is 10, ``1:30`` is 90 and
``010`` is 8. Here they are refused. ``1e-3``, a text there, is a number here, as in
YAML 1.2; a text of this form needs quotes, which ``dump_yaml`` writes.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from espnet2.gen_audio.files.plain_number import SCIENTIFIC, plain_number
from espnet2.gen_audio.files.regular_file import regular

MAX_BYTES = 4 << 20
_FLOAT = "tag:yaml.org,2002:float"
_LARGEST = 1 << 64  # largest integer
_MAX_VALUES = 100_000  # keys and values of a file, which take 2.5 s of one core
_OTHER_BASE = re.compile(r"[+-]?0[xb][0-9a-fA-F]+")  # 0x10 and 0b10, as in Python
_MAX_REPEATED = 100_000  # values that names of anchors (*a) may add to a file


class _PlainLoader(yaml.SafeLoader):
    """A safe loader that says which scalar is none of its kind.

    That of yaml fails in any way at ``!!int ""`` or at the date ``2026-13-45``, and
    takes the last of several values of a key. The number of values is bounded while
    they are parsed, which is the slow part.
    """

    count = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node:
        """Parse a value.

        Args:
            parent: The mapping or list that holds it.
            index: Its place there.

        Returns:
            What was parsed.

        Raises:
            _Misfit: If there are too many values.
        """
        self.count += 1
        if self.count > _MAX_VALUES:
            raise _Misfit(
                f"it has more than {_MAX_VALUES} values; is it the right file?"
            )
        return super().compose_node(parent, index)

    def compose_mapping_node(self, anchor: str | None) -> yaml.Node:
        """Parse a mapping.

        Args:
            anchor: Its name for aliases.

        Returns:
            What was parsed.

        Raises:
            _Misfit: If a key has two values.
        """
        node = super().compose_mapping_node(anchor)
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if (key.tag, key.value) in seen:
                line = key.start_mark.line + 1
                raise _Misfit(f"line {line}: {key.value[:60]!r} has two values")
            seen.add((key.tag, key.value))
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Return the value of a node.

        Args:
            node: What was parsed.
            deep: Whether containers are filled at once.

        Returns:
            Its value.

        Raises:
            _Misfit: If a scalar is none of its kind.
        """
        try:
            value = super().construct_object(node, deep)
            if type(value) is int and abs(value) > _LARGEST:
                # integers can be chosen so that their hashes collide
                raise OverflowError(value)
            _refuse_odd_number(node, value)
            return value
        except (yaml.YAMLError, RecursionError, _Misfit):
            raise
        except Exception as error:
            kind = node.tag.removeprefix("tag:yaml.org,2002:")
            line, shown = node.start_mark.line + 1, str(node.value)[:60]
            raise _Misfit(f"line {line}: {shown!r} is no {kind}") from error


_PlainLoader.add_implicit_resolver(_FLOAT, SCIENTIFIC, list("+-.0123456789"))


class _PlainDumper(yaml.SafeDumper):
    """A safe dumper that puts a text in quotes if ``_PlainLoader`` reads a number."""


_PlainDumper.add_implicit_resolver(_FLOAT, SCIENTIFIC, list("+-.0123456789"))


class _Misfit(ValueError):
    """A scalar that is none of its kind."""


def _refuse_odd_number(node: yaml.Node, value: Any) -> None:
    """Refuse a number that is another one, or none, to those who do not know YAML."""
    if type(value) not in (int, float) or value != value:
        return
    written = node.value
    if abs(value) == float("inf"):
        if not written.lower().endswith(".inf"):
            line = node.start_mark.line + 1
            raise _Misfit(f"line {line}: {written[:60]!r} is larger than all numbers")
        return
    if plain_number(written) != value and not _OTHER_BASE.fullmatch(written):
        line = node.start_mark.line + 1
        raise _Misfit(
            f"line {line}: {written[:60]!r} is {value:.16g} in YAML; write this number "
            "in plain digits, or a text in quotes"
        )


def load_yaml(text: str | bytes) -> Any:
    """Return the plain values of a YAML text.

    Args:
        text: The text.

    Returns:
        Mappings, lists, texts, numbers, dates and None.

    Raises:
        ValueError: If it is no YAML, names a class, holds a value that is none of its
            kind, a number in a form that means another one, two values of a key or
            more than 100 000 values, or is written out in full far longer than it is.
    """
    loader = None
    try:
        loader = _PlainLoader(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _refuse_repetition(node)
        return loader.construct_document(node)
    except Exception as error:  # "\\UFFFFFFFF", for one, is an OverflowError
        reason = "nested too deep" if isinstance(error, RecursionError) else str(error)
        reason = " ".join(reason.split())[:200] or type(error).__name__
        raise ValueError(reason) from error
    finally:
        if loader is not None:
            loader.dispose()


def read_yaml(path: str | Path, remedy: str = "give a configuration file") -> Any:
    """Return the plain values of a YAML file.

    Args:
        path: The file, in UTF-8.
        remedy: What a user can do about a file that is none.

    Returns:
        Its contents, see ``load_yaml``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no plain YAML, larger than 4 MiB, or no regular file.
    """
    content = regular(path, MAX_BYTES).read_bytes()
    try:
        return load_yaml(content.decode("utf-8-sig"))
    except ValueError as error:
        raise ValueError(f"{path} is not plain YAML ({error}); {remedy}") from error


def dump_yaml(value: Any) -> str:
    """Return plain values as YAML.

    Args:
        value: Mappings, lists, texts, numbers, dates and None.

    Returns:
        The text, of which ``load_yaml`` makes the same values.
    """
    return yaml.dump(value, Dumper=_PlainDumper, sort_keys=False)


def _refuse_repetition(node: yaml.Node) -> None:
    """Refuse a document that has far more values in full than it has as written."""
    full: dict[int, int] = {}
    count = _full_count(node, full)
    if count > len(full) + _MAX_REPEATED:
        raise ValueError(
            f"its anchors (&, *) repeat {len(full)} values to {count:.0e}; write them "
            "out"
        )


def _full_count(node: yaml.Node, full: dict[int, int]) -> int:
    """Return the number of values below a node, those of an alias each time."""
    if id(node) in full:
        if not full[id(node)]:
            raise ValueError("a value holds itself by its anchor (&, *); write it out")
        return full[id(node)]
    full[id(node)] = 0  # until the size is known
    count = 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            count += _full_count(key, full) + _full_count(value, full)
    elif isinstance(node, yaml.SequenceNode):
        count += sum(_full_count(item, full) for item in node.value)
    full[id(node)] = count
    return count
