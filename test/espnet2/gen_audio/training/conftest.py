"""Loads the toy task by path under one name, so that its builder can be imported."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch


def load_toy() -> ModuleType:
    name = "gen_audio_toy_task"
    if name not in sys.modules:
        path = Path(__file__).with_name("toy_task.py")
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def toy() -> ModuleType:
    torch.set_num_threads(1)
    return load_toy()


@pytest.fixture(scope="session")
def toy_data(toy: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write_data(tmp_path_factory.mktemp("toy_data"))
