"""Which modules open files or call a library that reads what others have written."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("espnet2/gen_audio", "egs2/audioldm2", "tools")
# libraries whose every call counts, but for those that write
LIBRARIES = frozenset(
    "bz2 csv gzip h5py joblib kaldiio lzma marshal mmap onnx onnxruntime pickle "
    "safetensors sentencepiece shelve soundfile tarfile tomllib wave xml yaml "
    "zipfile".split()
)
WRITERS = frozenset(
    "dumps dump SafeDumper safe_dump write writer DictWriter save_ark save_file train "
    "make_tensor_value_info from_array to_array".split()
)
# of libraries that do much else
CALLS = frozenset(
    "json.load json.loads numpy.load numpy.loadtxt numpy.genfromtxt numpy.fromfile "
    "numpy.memmap pickletools.genops shutil.unpack_archive torch.load torch.jit.load "
    "torch.hub.load".split()
)
METHODS = frozenset("from_pretrained extractall open read_text read_bytes".split())


def readers_of(source: str) -> set[str]:
    """Return what a module reads files with.

    Args:
        source: Its text.

    Returns:
        Dotted names of functions of libraries, and names of methods.
    """
    tree = ast.parse(source)
    names = dict(_imported(tree))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            bases = (_dotted(base, names) for base in node.bases)
            found |= {base for base in bases if _is_of_a_library(base)}
        elif isinstance(node, ast.Call) and not _writes(node):
            name = _dotted(node.func, names)
            if _is_of_a_library(name):
                found.add(name)
            elif name.rpartition(".")[2] in METHODS:
                found.add(name.rpartition(".")[2])
        elif isinstance(node, ast.Attribute | ast.Name):
            found |= CALLS & {_dotted(node, names)}  # called, or kept to be called
    return found


def modules() -> Iterator[Path]:
    """Yield the Python files of the plugin, the recipe and the tools.

    Yields:
        Paths below the repository.
    """
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT)
            if not any(part.startswith(("venv", ".")) for part in name.parts):
                yield name


def _imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield each imported name with what it stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0], (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _dotted(node: ast.AST, names: dict[str, str]) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, names)}.{node.attr}"
    if isinstance(node, ast.Name):  # not imported: a variable, whatever its name
        return names.get(node.id, "open" if node.id == "open" else "")
    return ""


def _is_of_a_library(name: str) -> bool:
    library, _, rest = name.partition(".")
    last = rest.rpartition(".")[2]
    is_class_of_values = last.endswith(("Error", "Options", "Info"))
    return library in LIBRARIES and last not in WRITERS and not is_class_of_values


def _writes(call: ast.Call) -> bool:
    """Tell whether a call opens a file for writing."""
    values = [*call.args, *(word.value for word in call.keywords)]
    texts = [v.value for v in values if isinstance(v, ast.Constant)]
    return any(text in ("w", "wb", "a", "ab", "x", "xb") for text in texts)


if __name__ == "__main__":
    for module in modules():
        found = readers_of((ROOT / module).read_text(encoding="utf-8"))
        if found:
            print(module, *sorted(found))
