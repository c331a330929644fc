"""A digest of source code that comments, docstrings and line breaks do not change.

A result depends on the code that made it: scores on the encoders that embed sounds. A
step of the recipe names such folders of the package, and is done anew when their code
changes.
"""

import ast
import hashlib
from collections.abc import Iterable
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def digest_of_code(names: Iterable[str], package: Path = PACKAGE) -> str:
    """Return one digest of the code below folders of the package.

    Args:
        names: Files or folders, relative to the package, such as ``metrics/encoders``.
        package: Folder that they lie in.

    Returns:
        A SHA-256 digest in hexadecimal.

    Raises:
        FileNotFoundError: If there is no such file or folder.
    """
    total = hashlib.sha256()
    for name in names:
        place = package / name
        if not place.exists():
            raise FileNotFoundError(f"--code {name}: {place} does not exist")
        files = [place] if place.is_file() else sorted(place.rglob("*.py"))
        for file in files:
            code = _without_docstrings(ast.parse(file.read_bytes()))
            total.update(f"{file.relative_to(package)}\0{ast.dump(code)}\n".encode())
    return total.hexdigest()


def _without_docstrings(tree: ast.Module) -> ast.Module:
    """Take the docstrings out of a syntax tree, in place."""
    for node in ast.walk(tree):
        if isinstance(node, _WITH_DOCSTRING) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return tree
