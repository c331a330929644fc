"""Imports point one way: a layer uses only those named before it.

Files stay small, names say something, and every source file has its test.
"""

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "espnet2" / "gen_audio"
PACKAGE = "espnet2.gen_audio"
FLOW = (
    "files compat choices old_names kaldi cli recipe feats parts ema seeding ranks "
    "adversarial_model audiomae vae vocoder condition text encoder preprocess loa_lm "
    "diffusion joint sampling accel pipeline generation_options demo bench training "
    "tasks bin"
).split()
# beside the flow: what they import, and what imports them
ALLOWED = {
    layer: set(FLOW[: FLOW.index(layer) + 1])
    | ({"checkpoint"} if FLOW.index(layer) >= FLOW.index("pipeline") else set())
    | ({"metrics"} if layer == "bin" else set())
    for layer in FLOW
}
ALLOWED["checkpoint"] = set(FLOW[: FLOW.index("joint") + 1]) | {"checkpoint"}
ALLOWED["metrics"] = set(
    (
        "compat old_names files kaldi cli recipe feats audiomae condition text encoder "
        "metrics"
    ).split()
)
# The records of the parts hold names of later layers and import none of them.
ALLOWED["parts"] = {"parts"}
ALLOWED["registry"] = {"registry", "parts"}
NAMES_LATER_LAYERS = ("parts", "registry")
# inside a layer: each sub-package or file imports itself and those named before it only
INSIDE = {
    "checkpoint": (
        "strict_fit experiment archive tables assembly official diffusers restricted "
        "detect conversion_options"
    ).split(),
    "metrics": (
        "functional encoders evaluation sound_metrics speech_evaluation "
        "speech_metrics protocol report"
    ).split(),
    "pipeline": (
        "options behaviour lazy specification lengths precision speech captions "
        "ranking system loa_source request edit encode predict_loa sample decode "
        "reference_loa generate load text2audio"
    ).split(),
}
VAGUE = {"util", "utils", "helper", "helpers", "common", "base", "misc", "tools"}
WHOLE = "the whole package"
DOTTED = re.compile(r"espnet2\.gen_audio(\.\w+)+(:\w+)?")


def layer_of(name: str) -> str:
    """Return the layer that a dotted name inside the package belongs to."""
    rest = name.split(":")[0].removeprefix(PACKAGE).strip(".")
    return rest.split(".")[0] or WHOLE


@functools.cache  # several laws look at each file
def imported_names(source: str, package: str) -> set[str]:
    """Return every dotted name that a module imports, by whatever form.

    Args:
        source: Text of the module.
        package: Dotted name of the package that holds the module, from which
            relative imports count.

    Returns:
        Absolute dotted names, of other packages too.
    """
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = absolute("." * node.level + (node.module or ""), package)
            names |= {f"{start}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call):
            names |= dynamic_imports(node, package)
    return names


def absolute(name: str, package: str) -> str:
    """Return a dotted name in full; one dot in front means ``package`` itself."""
    dots = len(name) - len(name.lstrip("."))
    if not dots:
        return name
    parents = package.split(".")
    return ".".join([*parents[: len(parents) - dots + 1], name.lstrip(".")]).strip(".")


def dynamic_imports(call: ast.Call, package: str) -> set[str]:
    """Return what import_module("...") or __import__("...") names."""
    function = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if function not in ("import_module", "__import__"):
        return set()
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    arguments = [
        argument.values[0] if isinstance(argument, ast.JoinedStr) else argument
        for argument in arguments
    ]
    texts = [getattr(argument, "value", None) for argument in arguments]
    return {absolute(text, package) for text in texts if isinstance(text, str)}


@functools.cache
def named_modules(source: str) -> set[str]:
    """Return strings that are a dotted name of the package, for a lazy import."""
    texts = [getattr(node, "value", None) for node in ast.walk(ast.parse(source))]
    return {text for text in texts if isinstance(text, str) and DOTTED.fullmatch(text)}


def forbidden_layers(source: str, layer: str, package: str) -> set[str]:
    """Return the layers that a module of ``layer`` imports and must not."""
    names = imported_names(source, package)
    if layer not in NAMES_LATER_LAYERS:
        names = names | named_modules(source)
    ours = {name for name in names if (name + ".").startswith(PACKAGE + ".")}
    return {layer_of(name) for name in ours} - ALLOWED[layer]


def forbidden_inside(source: str, layer: str, part: str, package: str) -> set[str]:
    """Return the sub-packages that one sub-package of a layer imports and must not."""
    order = INSIDE[layer]
    inside = f"{PACKAGE}.{layer}."
    names = imported_names(source, package) | named_modules(source)
    found = {n.removeprefix(inside) for n in names if n.startswith(inside)}
    later = set(order[order.index(part) + 1 :])
    return {name.split(":")[0].split(".")[0] for name in found} & later


def modules_of(layer: str) -> list[Path]:
    """Return the files of a layer, be it a folder or a single file."""
    single = SOURCE / f"{layer}.py"
    return [single] if single.exists() else sorted((SOURCE / layer).rglob("*.py"))


def package_of(path: Path) -> str:
    """Return the dotted name of the package that holds a file."""
    return ".".join(path.parent.relative_to(ROOT).parts)


@pytest.mark.parametrize("layer", sorted(ALLOWED))
def test_no_layer_imports_a_later_one(layer: str) -> None:
    for path in modules_of(layer):
        forbidden = forbidden_layers(path.read_text("utf-8"), layer, package_of(path))
        assert not forbidden, f"{path}: {layer} must not import {sorted(forbidden)}"


@pytest.mark.parametrize(
    ("layer", "part"), [(layer, part) for layer in INSIDE for part in INSIDE[layer]]
)
def test_no_sub_package_imports_a_later_one(layer: str, part: str) -> None:
    for path in modules_of(f"{layer}/{part}"):
        source = path.read_text("utf-8")
        forbidden = forbidden_inside(source, layer, part, package_of(path))
        assert not forbidden, f"{path}: {part} must not import {sorted(forbidden)}"


@pytest.mark.parametrize("layer", sorted(INSIDE))
def test_every_file_of_such_a_layer_is_in_a_known_sub_package(layer: str) -> None:
    there = {path.stem for path in (SOURCE / layer).iterdir()}
    assert {name for name in there if not name.startswith("_")} == set(INSIDE[layer])


@pytest.mark.parametrize(
    "planted",
    [
        "from espnet2.gen_audio.metrics.report import pictures",
        "from espnet2.gen_audio.metrics import report",
        "from ..report.pictures import draw_curves",
        "def late():\n    import espnet2.gen_audio.metrics.report.pictures",
    ],
)
def test_a_planted_import_of_a_later_sub_package_is_found(planted: str) -> None:
    package = f"{PACKAGE}.metrics.functional"
    assert forbidden_inside(planted, "metrics", "functional", package) == {"report"}
    innocent = "from ..functional.sample import Sample"
    assert not forbidden_inside(innocent, "metrics", "speech_evaluation", package)


def test_a_planted_call_back_up_in_the_pipeline_is_found() -> None:
    planted = f"from {PACKAGE}.pipeline.text2audio import Text2Audio"
    package = f"{PACKAGE}.pipeline"
    found = forbidden_inside(planted, "pipeline", "generate", package)
    assert found == {"text2audio"}


def test_the_package_named_like_the_library_does_not_hide_it() -> None:
    from espnet2.gen_audio.checkpoint.diffusers import classes, export, read

    for module in (classes, export, read):
        source = Path(module.__file__).read_text("utf-8")
        names = imported_names(source, package_of(Path(module.__file__)))
        assert not {name for name in names if name.startswith(".")}
    assert classes.model_index(speech=False)["_diffusers_version"]  # of the library


def test_every_folder_and_file_of_the_package_is_a_layer() -> None:
    there = {path.stem for path in SOURCE.iterdir() if not path.stem.startswith("_")}
    assert there <= set(ALLOWED)


def test_the_package_itself_imports_nothing_but_the_registry() -> None:
    names = imported_names((SOURCE / "__init__.py").read_text("utf-8"), PACKAGE)
    assert {layer_of(name) for name in names if name.startswith(PACKAGE)} == {
        "registry"
    }


@pytest.mark.parametrize(
    "planted",
    [
        "import espnet2.gen_audio.bin.doctor",
        "import espnet2.gen_audio.bin.doctor as d",
        "from espnet2.gen_audio import bin",
        "from espnet2.gen_audio.bin import doctor",
        "from espnet2.gen_audio.bin.doctor import main",
        "from ..bin import doctor",
        "from .. import bin",
        "def late():\n    from espnet2.gen_audio.bin import doctor",
        "class Late:\n    import espnet2.gen_audio.bin",
        "if False:\n    from ..bin.doctor import main",
        "import importlib\nimportlib.import_module('espnet2.gen_audio.bin.doctor')",
        "import_module(name='espnet2.gen_audio.bin')",
        "import importlib as i\ni.import_module('..bin', package=__package__)",
        "import importlib\nimportlib.import_module(f'espnet2.gen_audio.bin.{1}')",
        "__import__('espnet2.gen_audio.bin')",
        "LAZY = {'a': 'espnet2.gen_audio.bin.doctor:main'}",
    ],
)
def test_a_planted_import_of_a_later_layer_is_found(planted: str) -> None:
    found = forbidden_layers(planted, "vae", f"{PACKAGE}.vae")
    assert found == {"bin"}


@pytest.mark.parametrize(
    "planted", ["import espnet2.gen_audio", "from espnet2 import gen_audio"]
)
def test_importing_the_whole_package_is_found(planted: str) -> None:
    assert forbidden_layers(planted, "vae", f"{PACKAGE}.vae") == {WHOLE}


@pytest.mark.parametrize(
    "innocent",
    [
        "from espnet2.gen_audio.feats.clip import ClipGeometry",
        "from .loss import kl",
        "from ..audiomae import loa",
        "from espnet2.tasks.abs_task import AbsTask",
        "import torch",
        '"""See espnet2.gen_audio.bin.doctor for more."""',
    ],
)
def test_an_import_of_an_earlier_layer_passes(innocent: str) -> None:
    assert forbidden_layers(innocent, "vae", f"{PACKAGE}.vae") == set()


def import_graph(root: Path, package: str) -> dict[str, set[str]]:
    """Return which modules every module of a package imports.

    Every form counts: at the top, in functions, for type checkers, by name.

    Args:
        root: Folder that holds the package's first folder.
        package: Dotted name of the package.

    Returns:
        Imported modules of the package by dotted name.
    """
    folder = root / package.replace(".", "/")
    dotted = {
        path: ".".join(path.relative_to(root).with_suffix("").parts)
        for path in folder.rglob("*.py")
    }
    dotted = {path: name.removesuffix(".__init__") for path, name in dotted.items()}
    graph = {}
    for path, name in dotted.items():
        source = path.read_text("utf-8")
        names = imported_names(source, ".".join(path.parent.relative_to(root).parts))
        if name.removeprefix(f"{package}.") not in NAMES_LATER_LAYERS:
            names = names | named_modules(source)
        found = {module_of(each, set(dotted.values())) for each in names}
        graph[name] = found - {None, name}
    return graph


def module_of(name: str, modules: set[str]) -> str | None:
    """Return the module that a dotted name lies in; None for other packages."""
    parts = name.split(":")[0].split(".")
    starts = [".".join(parts[:end]) for end in range(len(parts), 0, -1)]
    return next((start for start in starts if start in modules), None)


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return groups of modules that reach each other."""
    reach = {name: set(imported) for name, imported in graph.items()}
    for middle in graph:  # Warshall's closure
        for name in graph:
            if middle in reach[name]:
                reach[name] |= reach[middle]
    groups = {
        tuple(sorted(other for other in reach[name] if name in reach[other]))
        for name in graph
        if name in reach[name]
    }
    return [list(group) for group in sorted(groups)]


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles(import_graph(ROOT, PACKAGE)) == []


@pytest.mark.parametrize(
    "back",
    [
        "from pack.a import x",
        "from . import a",
        "def late():\n    from pack.a import x",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pack.a",
        "import importlib\nimportlib.import_module('pack.a')",
    ],
)
def test_a_planted_circle_is_found(back: str, tmp_path: Path) -> None:
    (tmp_path / "pack" / "sub").mkdir(parents=True)
    (tmp_path / "pack" / "__init__.py").write_text("")
    (tmp_path / "pack" / "a.py").write_text("import pack.sub.b\nx = 1\n")
    (tmp_path / "pack" / "sub" / "__init__.py").write_text("")
    (tmp_path / "pack" / "sub" / "b.py").write_text("from pack.c import y\n")
    (tmp_path / "pack" / "c.py").write_text(f"{back}\ny = 2\n")
    found = circles(import_graph(tmp_path, "pack"))
    assert found == [["pack.a", "pack.c", "pack.sub.b"]]
    (tmp_path / "pack" / "c.py").write_text("import pack\ny = 2\n")
    assert circles(import_graph(tmp_path, "pack")) == []


def too_long(path: Path, limit: int = 300) -> bool:
    """Tell whether a file has more lines than ``limit``."""
    return len(path.read_text("utf-8").splitlines()) > limit


def test_no_source_file_exceeds_300_lines() -> None:
    assert [str(path) for path in SOURCE.rglob("*.py") if too_long(path)] == []


def test_a_file_of_301_lines_is_too_long(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n" * 301)
    (tmp_path / "b.py").write_text("x = 1\n" * 300)
    assert too_long(tmp_path / "a.py") and not too_long(tmp_path / "b.py")


def test_every_source_file_has_its_test() -> None:
    files = [path for path in SOURCE.rglob("*.py") if path.name != "__init__.py"]
    tests = Path(__file__).parent
    expected = [
        tests / path.relative_to(SOURCE).with_name(f"test_{path.name}")
        for path in files
    ]
    missing = [str(path.relative_to(ROOT)) for path in expected if not path.exists()]
    assert not missing, "\n".join(missing)


def test_every_folder_of_the_package_says_what_it_holds() -> None:
    for folder in {path.parent for path in SOURCE.rglob("*.py")}:
        text = (folder / "__init__.py").read_text("utf-8")
        assert ast.get_docstring(ast.parse(text)), folder


def test_no_name_of_the_package_is_vague() -> None:
    paths = [path.relative_to(SOURCE) for path in SOURCE.rglob("*.py")]
    vague = [str(path) for path in paths if VAGUE & {*path.parts[:-1], path.stem}]
    assert vague == []


def recipe_scripts() -> list[Path]:
    """Return the shell files of the recipes and the tools."""
    scripts = [*(ROOT / "egs2").rglob("*.sh"), *(ROOT / "tools").glob("*.sh")]
    made = {"data", "dump", "exp", "downloads"}
    return [path for path in scripts if not made & set(path.relative_to(ROOT).parts)]


def test_no_shell_file_exceeds_300_lines() -> None:
    assert [str(path) for path in recipe_scripts() if too_long(path)] == []


def shell_functions(text: str) -> dict[str, int]:
    """Return the lines between the braces of every function of a shell file."""
    pattern = r"^([A-Za-z_]\w*)\(\) *\{\n(.*?)^\}"
    found = re.findall(pattern, text, flags=re.MULTILINE | re.DOTALL)
    return {name: body.count("\n") for name, body in found}


def test_the_length_of_a_shell_function_is_that_of_its_body() -> None:
    text = "a() {\n  1\n  { 2\n  }\n}\n\nb() {\n  1\n}\n"
    assert shell_functions(text) == {"a": 3, "b": 1}


def test_no_stage_of_the_recipe_exceeds_25_lines() -> None:
    long = {
        f"{path.name}: {name}": lines
        for path in (ROOT / "egs2" / "audioldm2" / "stages").glob("*.sh")
        for name, lines in shell_functions(path.read_text("utf-8")).items()
        if lines > 25
    }
    assert long == {}
