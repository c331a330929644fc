"""The table of a conversion: one row per part, then what was left out."""

from collections.abc import Mapping, Sequence
from typing import Any

from espnet2.gen_audio.checkpoint.archive.system import ENCODERS, NETS

_HEAD = ("part", "tensors", "parameters", "sha256", "source", "licence")
_NUMBERS = (1, 2)  # right-aligned columns


def table(index: Mapping[str, Any]) -> str:
    """Return the table of a system.

    Args:
        index: Contents of system.yaml.

    Returns:
        Lines of text; for an absent part, its replacement or "absent".
    """
    elsewhere = index.get("elsewhere") or {}
    names = (*NETS, *ENCODERS)
    rows = [_HEAD, *(_row(name, index["parts"], elsewhere) for name in names)]
    lines = [f"variant: {index['variant']}", *_aligned(rows)]
    lines += [f"note: {note}" for note in index.get("notes") or []]
    for name, entry in index["parts"].items():
        lines += [f"{name}: {note}" for note in entry.get("notes") or []]
    return "\n".join(lines)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Return one line per row; cells are padded to the width of their column."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if n in _NUMBERS else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(row, widths))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def _row(
    name: str, parts: Mapping[str, Any], elsewhere: Mapping[str, str]
) -> tuple[str, ...]:
    if name not in parts:
        return (name, elsewhere.get(name, "absent"), "", "", "", "")
    entry = parts[name]
    return (
        name,
        f"{entry['tensors']}",
        f"{entry['parameters']:,}".replace(",", " "),
        entry["sha256"][:16],
        str(entry.get("source", "unknown")),
        str(entry.get("licence", "not stated")),
    )
