"""ESPnet's task and trainers start without what other parts of ESPnet need."""

import subprocess
import sys
from pathlib import Path

import pytest

from espnet2.gen_audio.training.toolkit import DEFERRED, deferred

HEAVY = "transformers numba scipy.stats torch._dynamo".split()
START = f"""
import sys
import espnet2.gen_audio.tasks.ldm, espnet2.gen_audio.tasks.gan_vae
print([name for name in {HEAVY} if name in sys.modules])
from espnet2.tasks import abs_task
from espnet2.train import trainer
print([name for name in {list(DEFERRED)} if name in sys.modules])
try:
    abs_task.create_adapter(None, "no such adapter", {{}})
except Exception as error:
    print(type(error).__name__)
from espnet2.layers.create_adapter import create_adapter
print(create_adapter.__module__, create_adapter is not abs_task.create_adapter)
print(trainer.calculate_all_attentions.__name__)
"""


def test_a_training_starts_light_and_adapters_are_imported_when_they_are_called():
    shown = subprocess.run(
        [sys.executable, "-c", START], capture_output=True, text=True, check=True
    )
    assert shown.stdout.splitlines() == [
        "[]",
        "[]",
        "TypeCheckError",  # the toolkit's own refusal: None is no model
        "espnet2.layers.create_adapter True",
        "calculate_all_attentions",
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch):
    """A folder of modules: ``heavy`` has two functions, ``user`` takes one of them."""
    (tmp_path / "heavy.py").write_text(
        "def double(x, more=0):\n    return 2 * x + more\nother = 1\n"
    )
    (tmp_path / "user.py").write_text("from heavy import double\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in ("heavy", "user"):
        sys.modules.pop(name, None)


def test_a_deferred_module_is_imported_by_the_first_call_of_its_function(folder):
    with deferred({"heavy": "double"}):
        import user
    assert "heavy" not in sys.modules
    assert user.double(3, more=1) == 7
    assert sys.modules["heavy"].other == 1


def test_a_module_that_was_there_before_is_taken_as_it_is(folder):
    import heavy

    with deferred({"heavy": "double"}):
        import user
    assert user.double is heavy.double and sys.modules["heavy"] is heavy


def test_a_failed_import_leaves_no_stand_in_behind(folder):
    (folder / "user.py").write_text("from heavy import double\n1 / 0\n")
    with pytest.raises(ZeroDivisionError), deferred({"heavy": "double"}):
        import user  # noqa: F401
    assert "heavy" not in sys.modules


def test_a_module_of_which_another_name_is_taken_is_imported_at_once(folder):
    (folder / "user.py").write_text("from heavy import other\n")
    with deferred({"heavy": "double"}):
        import user
    assert user.other == 1
    assert sys.modules["heavy"].double(3) == 6
