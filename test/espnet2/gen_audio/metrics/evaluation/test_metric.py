"""Records of metrics: complete, unique, and found by the modules of a folder."""

import sys

import pytest

from espnet2.gen_audio.metrics.evaluation.metric import Metric, MetricRegistry, Score


def metric(**changes):
    fields = {
        "key": "toy",
        "title": "toy",
        "unit": "1",
        "direction": "neither",
        "text": "a toy.",
        "source": "none",
        "compute": lambda outputs, context: Score({"value": 1.0}),
    }
    return Metric(**{**fields, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"direction": "up"}, "'up' is none of higher, lower, neither"),
        ({"text": ""}, "metric toy: text is empty"),
        ({"key": "a toy"}, "'a toy': a key is letters"),
    ],
)
def test_an_incomplete_record_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        metric(**changes)


def test_a_description_holds_what_the_table_and_its_reader_need():
    assert metric(digits=3).describe() == {
        "key": "toy",
        "title": "toy",
        "unit": "1",
        "direction": "neither",
        "text": "a toy.",
        "source": "none",
        "digits": 3,
    }


def test_two_metrics_of_one_key_are_refused():
    registry = MetricRegistry("unused")
    registry.add(metric())
    with pytest.raises(ValueError, match="toy is registered twice"):
        registry.add(metric(title="another"))


MODULE = """
from espnet2.gen_audio.metrics.evaluation.metric import Metric, Score
from toy_folder.registry import REGISTRY

REGISTRY.add(
    Metric("{key}", "t", "u", "lower", "x", "s", lambda o, c: None, column={column})
)
"""
REGISTRY = """
from espnet2.gen_audio.metrics.evaluation.metric import MetricRegistry

REGISTRY = MetricRegistry(__package__)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    folder = tmp_path / "toy_folder"
    folder.mkdir()
    (folder / "__init__.py").write_text('"""Toys."""\n')
    (folder / "registry.py").write_text(REGISTRY)
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.startswith("toy_folder")]:
        del sys.modules[name]


def test_every_module_of_the_folder_adds_its_metrics_and_columns_order_them(folder):
    for key, column in (("c", 1), ("b", 2), ("a", 2)):
        (folder / f"{key}.py").write_text(MODULE.format(key=key, column=column))
    from toy_folder.registry import REGISTRY

    assert [one.key for one in REGISTRY.all()] == ["c", "a", "b"]
    assert [one.key for one in REGISTRY.all()] == ["c", "a", "b"]  # once each
