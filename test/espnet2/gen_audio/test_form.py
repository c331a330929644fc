"""Measured rows of the comparison form, from the syntax tree of every source file.

A branch is an if, a loop, an except, a conditional expression, a comprehension or a
further operand of and/or; a function without any counts one. Lines of code are neither
blank nor comment nor docstring. A nested function counts for itself; its lines and
branches count for the one around it as well.
"""

import ast
import io
import textwrap
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "espnet2" / "gen_audio"
MOST_LINES, MOST_PARAMETERS, MOST_BRANCHES = 50, 7, 10
BRANCHING_FUNCTIONS = 0.01  # the most of all functions that may have more branches
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DOCUMENTED = (ast.Module, ast.ClassDef, *FUNCTIONS)
BRANCHES = (ast.If, ast.For, ast.While, ast.ExceptHandler, ast.IfExp, ast.comprehension)
MAY_PRINT = "bin"


@dataclass(frozen=True)
class Source:
    """One source file: its place in the package, its text and its syntax tree."""

    place: str
    text: str
    tree: ast.Module
    every: tuple[ast.AST, ...]

    @classmethod
    def of(cls, place: str, text: str) -> "Source":
        tree = ast.parse(text)
        return cls(place, text, tree, tuple(ast.walk(tree)))

    def nodes(self, *classes: type) -> Iterator[ast.AST]:
        return (node for node in self.every if isinstance(node, classes))

    def named(self, node: ast.AST, note: object = "") -> str:
        name = getattr(node, "name", type(node).__name__)
        return f"{self.place}:{getattr(node, 'lineno', 1)} {name} {note}".rstrip()


@cache
def sources() -> tuple[Source, ...]:
    """Return the source files of the package, read and parsed once."""
    return tuple(
        Source.of(str(path.relative_to(SOURCE)), path.read_text("utf-8"))
        for path in sorted(SOURCE.rglob("*.py"))
    )


def code_lines(source: Source) -> set[int]:
    """Return the lines that are neither blank nor comment nor docstring."""
    lines = source.text.splitlines()
    code = {n for n, line in enumerate(lines, 1) if line.strip()}
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        row, column = token.start
        if token.type == tokenize.COMMENT and not lines[row - 1][:column].strip():
            code.discard(row)
    for node in source.nodes(*DOCUMENTED):
        if ast.get_docstring(node):
            code -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return code


def long_functions(source: Source) -> list[str]:
    """Return the functions of more than 50 lines of code."""
    spans = [
        (node, set(range(node.lineno, node.end_lineno + 1)))
        for node in source.nodes(*FUNCTIONS)
        if node.end_lineno - node.lineno >= MOST_LINES
    ]
    code = code_lines(source) if spans else set()
    lengths = [(node, len(code & span)) for node, span in spans]
    return [source.named(node, n) for node, n in lengths if n > MOST_LINES]


def many_parameters(source: Source) -> list[str]:
    """Return the functions, other than constructors, of more than 7 parameters."""
    found = []
    for node in source.nodes(*FUNCTIONS):
        every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        count = len([one for one in every if one.arg not in ("self", "cls")])
        if count > MOST_PARAMETERS and node.name != "__init__":
            found.append(source.named(node, count))
    return found


def branches(function: ast.AST) -> int:
    """Return the branches of a function."""
    count = 1
    for node in ast.walk(function):
        if isinstance(node, ast.BoolOp):
            count += len(node.values) - 1
        count += isinstance(node, BRANCHES)
    return count


def many_branches(source: Source) -> list[str]:
    """Return the functions of more than 10 branches."""
    counts = [(node, branches(node)) for node in source.nodes(*FUNCTIONS)]
    return [source.named(node, n) for node, n in counts if n > MOST_BRANCHES]


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function without those of functions inside it."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        if not isinstance(node, FUNCTIONS):
            yield node
            waiting.extend(ast.iter_child_nodes(node))


def undocumented_raises(source: Source) -> list[str]:
    """Return the public functions that raise and do not say so.

    A bare ``raise`` passes an error of something else on.
    """
    found = []
    for node in source.nodes(*FUNCTIONS):
        if node.name.startswith("_") or "Raises:" in (ast.get_docstring(node) or ""):
            continue
        if any(isinstance(one, ast.Raise) and one.exc for one in own_nodes(node)):
            found.append(source.named(node))
    return found


def undocumented_names(source: Source) -> list[str]:
    """Return the public classes and functions, nested ones too, without a docstring."""
    nodes = [source.tree, *source.nodes(ast.ClassDef, *FUNCTIONS)]
    public = [n for n in nodes if not getattr(n, "name", "").startswith("_")]
    return [source.named(node) for node in public if not ast.get_docstring(node)]


def untyped_arguments(source: Source) -> list[str]:
    """Return the arguments without a type."""
    found = []
    for node in source.nodes(*FUNCTIONS):
        every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        untyped = [one.arg for one in every if one.annotation is None]
        found += [source.named(node, n) for n in untyped if n not in ("self", "cls")]
    return found


def prints(source: Source) -> list[str]:
    """Return the calls of print in files that are no commands."""
    if source.place.split("/")[0] == MAY_PRINT:
        return []
    calls = [n for n in source.nodes(ast.Call) if getattr(n.func, "id", "") == "print"]
    return [source.named(call) for call in calls]


def silent_asserts(source: Source) -> list[str]:
    """Return the asserts without a message."""
    return [source.named(n) for n in source.nodes(ast.Assert) if n.msg is None]


def careless_statements(source: Source) -> list[str]:
    """Return bare excepts, star imports and calls of eval, exec or a debugger."""
    bare = [n for n in source.nodes(ast.ExceptHandler) if n.type is None]
    stars = [n for n in source.nodes(ast.ImportFrom) if n.names[0].name == "*"]
    unsafe = ("eval", "exec", "breakpoint", "set_trace")
    calls = [
        node
        for node in source.nodes(ast.Call)
        if getattr(node.func, "id", "") in unsafe
        or getattr(node.func, "attr", "") == "set_trace"
    ]
    return [source.named(node) for node in (*bare, *stars, *calls)]


ROWS = [
    long_functions,
    many_parameters,
    undocumented_raises,
    undocumented_names,
    untyped_arguments,
    prints,
    silent_asserts,
    careless_statements,
]


@pytest.mark.parametrize("row", ROWS)
def test_the_row_holds_in_every_source_file(row: Callable) -> None:
    found = [name for source in sources() for name in row(source)]
    assert not found, "\n".join(found)


def test_hardly_a_function_has_more_than_ten_branches() -> None:
    functions = [node for source in sources() for node in source.nodes(*FUNCTIONS)]
    found = [name for source in sources() for name in many_branches(source)]
    most = BRANCHING_FUNCTIONS * len(functions)
    assert len(found) <= most, "\n".join([f"{len(found)} of {most:g}", *found])


ARGUMENTS = ", ".join(f"a{n}: int" for n in range(8))
PLANTED = {
    long_functions: "def f():\n" + 50 * "    x = 1\n",
    many_parameters: f"def f({ARGUMENTS}):\n    pass\n",
    many_branches: "def f(x):\n    return x" + 10 * " or x" + "\n",
    undocumented_raises: 'def f():\n    """Do."""\n    raise ValueError(1)\n',
    undocumented_names: '"""Doc."""\ndef _f():\n    def f(): pass\n',
    untyped_arguments: "def f(x: int, y): pass\n",
    prints: "print(1)\n",
    silent_asserts: "assert 1\n",
    careless_statements: "try:\n    pass\nexcept:\n    pass\n",
}
INNOCENT = {
    long_functions: 'def f():\n    """Do."""\n' + 48 * "    x = 1\n\n    # why\n",
    many_parameters: f"class A:\n    def __init__(self, {ARGUMENTS}): pass\n",
    many_branches: "def f(x):\n    return x" + 9 * " or x" + "\n",
    undocumented_raises: """
        def f():
            '''Do.

            Raises:
                ValueError: Always.
            '''
            def _g():
                raise ValueError(1)
            raise ValueError(2)
        def h():
            try:
                pass
            except ValueError:
                raise
        def i():
            def _j():
                raise ValueError(3)
        """,
    undocumented_names: '"""Doc."""\ndef _f(): pass\n',
    untyped_arguments: "def f(self, x: int, *, y: int): pass\n",
    prints: "x.print(1)\n",
    silent_asserts: "assert 1, 'one'\n",
    careless_statements: "try:\n    model.eval()\nexcept ValueError:\n    pass\n",
}


@pytest.mark.parametrize("row", PLANTED)
def test_a_planted_fault_is_found_and_its_innocent_neighbour_is_not(
    row: Callable,
) -> None:
    planted = Source.of("vae/a.py", textwrap.dedent(PLANTED[row]))
    innocent = Source.of("vae/a.py", textwrap.dedent(INNOCENT[row]))
    assert len(row(planted)) == 1 and row(planted)[0].startswith("vae/a.py:")
    assert row(innocent) == []


def test_commands_may_print() -> None:
    assert prints(Source.of("bin/a.py", "print(1)\n")) == []
    assert prints(Source.of("binary.py", "print(1)\n")) != []
