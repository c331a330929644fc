"""Tests run on the plugin of this folder, on few threads, without a network."""

import gc
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# before torch and the hub's library are imported
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # for the commands that tests start

import espnet2.gen_audio  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
# files and folders that take minutes, the longest first: what is started last should be
# short, since the other processes wait for it
FIRST = (
    "recipe/test_recipe.py",
    "ranks/test_two_ranks.py",
    "regression/test_regression.py",
    "recipe/test_pretrained.py",
    "recipe/test_mini_speech.py",
    "recipe",
    "faults",
    "extensions",
    "parity",
)


def place_of(item: pytest.Item) -> int:
    """Return the index in ``FIRST`` of a test's file or folder; else their number."""
    path = item.path.relative_to(ROOT / "test")
    names = {str(path), *map(str, path.parents)}
    return next((n for n, name in enumerate(FIRST) if name in names), len(FIRST))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long files first, and keep the order of the others."""
    items.sort(key=place_of)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect tests without collecting garbage: what is loaded here stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        exempt_what_is_loaded()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Iterator[None]:
    """Exempt also what a file of tests has loaded, when its last test has ended.

    A command that a test calls may end the exemption of all objects.
    """
    result = yield
    if nextitem is None or nextitem.path != item.path or not gc.get_freeze_count():
        exempt_what_is_loaded()
    return result


def exempt_what_is_loaded() -> None:
    """Let garbage collections pass over the objects that are alive now.

    Pipelines collect garbage when they have loaded or sampled. Over all objects of a
    process of tests that took a third of a second, more than most tests do.
    """
    gc.collect()
    gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to test another copy of the plugin than the one beside the tests."""
    # pytest-xdist would start the files with the fewest tests last
    config.option.loadscopereorder = False
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


@pytest.fixture(autouse=True)
def log_level_as_before():
    """Undo what a command of a test says about the level of the log."""
    level = logging.getLogger().level
    yield
    logging.getLogger().setLevel(level)
