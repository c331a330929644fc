"""Arguments are refused as the command itself would refuse them."""

import json

import pytest

from espnet2.gen_audio.cli.option_table import OptionTable

KNOWN = {
    "common": {
        "max_epoch": "int",
        "max_cache_size": "float",
        "batch_type": ["sorted", "unsorted"],
        "optim_conf": "mapping",
        "scheduler": ["steplr", "None"],
        "fast": None,
    },
    "trainings": {"vae": {"vae_conf": "any"}, "ldm": {}},
    "commands": {"inference": {"steps": "int"}},
}


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "options.json"
    file.write_text(json.dumps(KNOWN))
    return file


@pytest.mark.parametrize(
    "words",
    [
        "",
        "--max_epoch 2 --optim_conf lr=0.1 eps=1.0e-8 --fast",
        "--max_e 2",
        "--batch_type=sorted --vae_conf a=b",
        "--max_cache_size -1",
        "--scheduler none --max_epoch 2",
    ],
)
def test_what_the_command_takes_passes(path, words):
    OptionTable(path, "vae").refuse_words(words.split())


@pytest.mark.parametrize(
    "words, message",
    [
        ("--max_epohc 2", "--max_epohc is unknown; if it is a new option"),
        ("--max 2", "--max may be --max_cache_size or --max_epoch"),
        ("--max_epoch two", r"--max_epoch two: give a number \(int\)"),
        ("--batch_type random", "--batch_type random: choose from sorted, unsorted"),
        ("--scheduler nine", "--scheduler nine: choose from steplr, None"),
        ("--max_epoch --fast", "--max_epoch needs a value"),
        ("2 --max_epoch 2", "'2' is before the first option"),
        ("--steps 2", "--steps is unknown"),
        ("--max_epoch 1_0", r"--max_epoch 1_0: give a number \(int\)"),
        ("--optim_conf lr", "--optim_conf lr: got 'lr'; give name=VALUE"),
        ("--optim_conf lr=1_0", "--optim_conf lr=1_0: line 1: '1_0' is 10 in YAML"),
    ],
)
def test_what_the_command_would_refuse_is_refused(path, words, message):
    with pytest.raises(ValueError, match=message):
        OptionTable(path, "vae").refuse_words(words.split())


def test_keys_of_a_configuration_are_those_of_the_part(path):
    OptionTable(path, "vae").refuse_config({"max_epoch": 2, "vae_conf": {}})
    with pytest.raises(ValueError, match="the key vae_conf is unknown"):
        OptionTable(path, "ldm").refuse_config({"max_epoch": 2, "vae_conf": {}})


def test_other_commands_do_not_take_what_trainings_share(path):
    OptionTable(path, "inference").refuse_words(["--steps", "2"])
    with pytest.raises(ValueError, match="--fast is unknown"):
        OptionTable(path, "inference").refuse_words(["--fast"])
