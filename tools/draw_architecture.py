#!/usr/bin/env python3
"""Draw the folders of the package and their imports into ARCHITECTURE.md.

    tools/draw_architecture.py            draw the picture again
    tools/draw_architecture.py --check    end with status 1 if the picture is old

The picture is Mermaid text between two marks. An arrow points from a folder to a folder
that it imports. Arrows that follow from others are left out (transitive reduction).
"""

import argparse
import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "espnet2" / "gen_audio"
PACKAGE = "espnet2.gen_audio."
PAGE = ROOT / "ARCHITECTURE.md"
# These modules name builders and tasks of later layers as text, but do not import them.
LISTS = {"parts", "registry"}
BEGIN, END = "<!-- drawn by tools/draw_architecture.py -->", "<!-- end of drawing -->"


def imports_of(source: str, with_texts: bool = True) -> set[str]:
    """Return the folders of the package that a module imports.

    Args:
        source: Text of the module.
        with_texts: Whether names in strings count.

    Returns:
        First parts of the names after ``espnet2.gen_audio``, also of names in strings,
        which are imported when they are needed.
    """
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            whole = node.module == PACKAGE.rstrip(".")
            names |= {f"{node.module}.{a.name}" for a in node.names} if whole else set()
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if with_texts and " " not in node.value and "\n" not in node.value:
                names.add(node.value)
    ours = (name for name in names if name.startswith(PACKAGE))
    return {name.removeprefix(PACKAGE).split(".")[0].split(":")[0] for name in ours}


def edges_of(source: Path = SOURCE) -> dict[str, set[str]]:
    """Return the imports of each folder and of each module at the top.

    Args:
        source: Folder of the package.

    Returns:
        Imported names by importing name.
    """
    edges: dict[str, set[str]] = {}
    for path in sorted(source.rglob("*.py")):
        name = path.relative_to(source).parts[0].removesuffix(".py")
        if not name.startswith("_"):
            text = path.read_text(encoding="utf-8")
            found = imports_of(text, with_texts=name not in LISTS)
            edges.setdefault(name, set()).update(found - {name})
    return {name: found & edges.keys() for name, found in edges.items()}


def reduced(edges: dict[str, set[str]]) -> dict[str, set[str]]:
    """Leave out the arrows that follow from others.

    Args:
        edges: Imported names by importing name; without cycles.

    Returns:
        The smallest set of arrows that reaches the same names.
    """

    def reached(name: str) -> set[str]:
        found: set[str] = set()
        for other in edges[name]:
            found |= {other} | reached(other)
        return found

    behind = {name: reached(name) for name in edges}
    return {
        name: {one for one in others if not any(one in behind[o] for o in others)}
        for name, others in edges.items()
    }


def drawing(edges: dict[str, set[str]]) -> str:
    """Return the picture as Mermaid text.

    Args:
        edges: Imported names by importing name.

    Returns:
        A fenced block.
    """
    lines = ["```mermaid", "flowchart TD"]
    for name, others in edges.items():
        lines += [f"    {name} --> {other}" for other in sorted(others)]
        lines += [f"    {name}"] if not others else []
    return "\n".join([*lines, "```"])


def main() -> int:
    """Draw the picture, or check it; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="do not write")
    check = parser.parse_args().check
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    wanted = f"{before}{BEGIN}\n{drawing(reduced(edges_of()))}\n{END}{after}"
    if not check:
        PAGE.write_text(wanted, encoding="utf-8")
    elif wanted != page:
        print(f"{PAGE.name} is out of date; run tools/{Path(__file__).name}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
