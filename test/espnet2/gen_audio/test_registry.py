"""Registration: idempotent, light, and only where there is a list."""

import subprocess
import sys
from fractions import Fraction
from importlib import import_module
from types import ModuleType

import pytest

from espnet2.gen_audio import registry
from espnet2.gen_audio.registry import INFERENCE, TASKS, register


@pytest.fixture
def espnet_with_tasks(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Stand in for the ``espnet`` package of 202611."""
    module = ModuleType("espnet")
    module.TASKS = {"tts": ("espnet2.bin.tts_inference", "Text2Speech")}
    monkeypatch.setitem(sys.modules, "espnet", module)
    monkeypatch.delitem(sys.modules, "espnetez.task", raising=False)
    return module


def test_registering_twice_adds_one_entry(espnet_with_tasks: ModuleType) -> None:
    assert register() == register() == ["gen_audio"]
    assert espnet_with_tasks.TASKS == {
        "tts": ("espnet2.bin.tts_inference", "Text2Speech"),
        "gen_audio": INFERENCE,
    }


def test_a_toolkit_without_lists_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "espnet", ModuleType("espnet"))
    monkeypatch.delitem(sys.modules, "espnetez.task", raising=False)
    assert register() == []


def test_espnetez_gets_classes_once_the_program_has_imported_it(
    espnet_with_tasks: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = ModuleType("espnetez.task")
    stand_in.TASK_CLASSES = {}
    monkeypatch.setitem(sys.modules, "espnetez.task", stand_in)
    monkeypatch.setattr(registry, "TASKS", {"gen_audio_x": ("fractions", "Fraction")})
    assert register() == register() == ["gen_audio", "gen_audio_x"]
    assert stand_in.TASK_CLASSES == {"gen_audio_x": Fraction}


@pytest.mark.parametrize("entry", [INFERENCE, *TASKS.values()])
def test_every_name_in_the_list_exists(entry: tuple[str, str]) -> None:
    module, name = entry
    assert isinstance(getattr(import_module(module), name), type)


def test_registering_imports_neither_torch_nor_the_tasks() -> None:
    code = (
        "import sys, espnet2.gen_audio as g; g.register();"
        "print([m for m in ('torch', 'espnetez', 'espnet2.tasks') if m in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "[]"


def test_the_entry_point_registers_the_same(espnet_with_tasks: ModuleType) -> None:
    from importlib.metadata import entry_points

    (entry,) = entry_points(group="espnet.plugins", name="gen_audio")
    assert entry.load()() == register() == ["gen_audio"]
