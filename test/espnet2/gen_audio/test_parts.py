"""One record a part: what it names exists, and nothing else is needed."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from espnet2.gen_audio.parts import PARTS, PartRecord, record_of

CONF = Path(__file__).resolve().parents[3] / "egs2" / "audioldm2" / "conf"


@pytest.mark.parametrize("record", PARTS.values(), ids=lambda record: record.name)
def test_builder_task_and_command_of_a_record_belong_together(record):
    task = record.load_task()
    assert task.record is record
    assert callable(record.load_builder())
    command = importlib.import_module(record.command)
    names = {action.dest for action in command.get_parser()._actions}
    assert {"part", "output_dir"} <= names
    assert command.get_parser().get_default("part") == record.name


@pytest.mark.parametrize("record", PARTS.values(), ids=lambda record: record.name)
def test_every_key_of_a_record_is_an_option_of_its_task(record):
    names = {action.dest for action in record.load_task().get_parser()._actions}
    assert set(record.config_keys()) <= names
    assert set(record.keys_of_weights.values()) <= set(record.config_keys())


@pytest.mark.parametrize("path", sorted(CONF.rglob("train_*.yaml")), ids=str)
def test_shipped_configs_choose_epochs_by_the_criterion_of_their_part(path):
    config = yaml.safe_load(path.read_text("utf-8"))
    found = [
        name for name in PARTS if path.stem.removeprefix("train_").startswith(name)
    ]
    criterion = list(PARTS[max(found, key=len)].criterion)
    assert config["best_model_criterion"] == [criterion]


def test_keys_are_listed_once_by_their_outer_name():
    record = PartRecord("x", "m:f", model_keys=("a", "b.c"), training_keys=("b", "d"))
    assert record.config_keys() == ("a", "b", "d")


def test_a_record_builds_what_its_builder_returns():
    assert PartRecord("x", "builtins:dict").build({"a": 1}) == {"a": 1}


@pytest.mark.parametrize("value", [3, "width: 3", [{"width": 3}]])
def test_arguments_that_are_no_mapping_are_refused_with_their_key(value):
    record = PartRecord("x", "builtins:dict", model_keys=("a_conf", "b_conf"))
    assert record.build({"a_conf": None, "b_conf": {}}) == {
        "a_conf": None,
        "b_conf": {},
    }
    with pytest.raises(ValueError, match="b_conf: .* was given; give 'name: value'"):
        record.build({"a_conf": {}, "b_conf": value})


@pytest.mark.parametrize("config", [{}, {"part": "asr"}, {"part": ["vae"]}])
def test_a_config_of_no_part_is_refused_with_what_it_says(config):
    with pytest.raises(ValueError, match="x.yaml is of part .* audiomae, vae") as error:
        record_of(config, "x.yaml")
    assert repr(config.get("part")) in str(error.value)


def test_the_records_import_no_model():
    code = "import sys, espnet2.gen_audio.parts; print('torch' in sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "False"
