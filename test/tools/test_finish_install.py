"""After the installation: torchaudio's CUDA extension is moved out of the way."""

import importlib.util
from pathlib import Path

FILE = (
    Path(__file__).resolve().parents[2] / "tools" / "installers" / "finish_install.py"
)


def test_the_extension_is_parked_once_and_other_files_stay(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("finish_install", FILE)
    finish_install = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(finish_install)
    (tmp_path / "lib").mkdir()
    for name in ("_torchaudio.abi3.so", "__init__.py"):
        (tmp_path / "lib" / name).write_text(name)
    moved = finish_install.park_cuda_extension(tmp_path)
    assert [path.name for path in moved] == ["_torchaudio.abi3.so.needs-cuda"]
    assert {path.name for path in (tmp_path / "lib").iterdir()} == {
        "_torchaudio.abi3.so.needs-cuda",
        "__init__.py",
    }
    assert finish_install.park_cuda_extension(tmp_path) == []
