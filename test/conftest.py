"""Tests run on the plugin of this folder, on few threads, without a network."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

# before torch and the hub's library are imported
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # for the commands that tests start

import espnet2.gen_audio  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]


def pytest_configure() -> None:
    """Refuse to test another copy of the plugin than the one beside the tests."""
    installed = Path(espnet2.gen_audio.__file__).resolve()
    if ROOT not in installed.parents:
        raise SystemExit(
            f"these tests belong to {ROOT}, but Python finds {installed}; run "
            "tools/setup_env.sh, which installs the plugin as a link to this folder"
        )


@pytest.fixture(scope="session")
def torchscript_trap() -> Callable[[Path, Path], None]:
    """Return what writes a file that writes another one when torch opens it.

    The file is TorchScript; its arguments are its own path and that of the other.
    """
    import torch

    class WritesWhenOpened(torch.nn.Module):
        """A module that is restored by writing to ``marker``."""

        def __init__(self, marker: str):
            super().__init__()
            self.marker = marker

        @torch.jit.export
        def __getstate__(self):
            return (self.marker, self.training)

        @torch.jit.export
        def __setstate__(self, state: tuple[str, bool]):
            self.marker = state[0]
            self.training = state[1]
            torch.save([torch.ones(1)], state[0])

        def forward(self, x):
            return x

    def write(path: Path, marker: Path) -> None:
        torch.jit.script(WritesWhenOpened(str(marker))).save(str(path))

    return write
