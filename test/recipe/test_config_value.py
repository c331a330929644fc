"""scripts/config_value.py: values of configs as the program reads them."""

import importlib.util
from pathlib import Path

import pytest

RECIPE = Path(__file__).parents[2] / "egs2" / "audioldm2"


@pytest.fixture
def value(tmp_path, capsys):
    """Print a value of a config that is given as text."""
    spec = importlib.util.spec_from_file_location(
        "config_value", RECIPE / "scripts" / "config_value.py"
    )
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)

    def run(text, *words):
        (tmp_path / "x.yaml").write_text(text)
        options = [word for word in words if word.startswith("--")]
        rest = [word for word in words if not word.startswith("--")]
        script.main([*options, str(tmp_path / "x.yaml"), *rest])
        return capsys.readouterr().out.strip()

    return run


def test_a_geometry_has_its_defaults_and_numbers_in_any_form(value):
    assert value("", "--geometry", "sample_rate") == "16000"
    assert value("sample_rate : 48000", "--geometry", "sample_rate") == "48000"
    assert value("seconds: 5.12e+0", "--geometry", "seconds") == "5.12"
    assert value("{seconds: 5.12}", "--geometry", "seconds") == "5.12"


def test_inner_values_are_named_with_dots(value):
    text = "a:\n  b: {c: 7}\n  d: null\n"
    assert value(text, "a.b.c") == "7"
    assert value(text, "a.d", "9") == value(text, "a.x.c", "9") == "9"
    assert value(text, "a.d") == value(text, "nothing") == ""
