"""Old names of YAML keys and options keep working and say what they are called now."""

import argparse
import logging

import pytest

from espnet2.gen_audio import old_names
from espnet2.gen_audio.bin import bench
from espnet2.gen_audio.old_names import (
    OLD_KEYS,
    OLD_WORDS,
    rename_options,
    with_new_names,
    with_new_words,
)


@pytest.fixture
def table(monkeypatch):
    table = {"part": {"conf": {"old": "new"}}}
    monkeypatch.setattr(old_names, "OLD_KEYS", table)


def test_an_old_key_gets_its_new_name_in_its_place_and_a_line_in_the_log(table, caplog):
    config = {"conf": {"a": 1, "old": 2, "b": 3}, "other": {"old": 4}}
    with caplog.at_level(logging.WARNING):
        renamed = with_new_names("part", config)
    assert renamed == {"conf": {"a": 1, "new": 2, "b": 3}, "other": {"old": 4}}
    assert list(renamed["conf"]) == ["a", "new", "b"]
    assert caplog.messages == ["conf: old is now called new"]
    assert config["conf"] == {"a": 1, "old": 2, "b": 3}


def test_new_names_and_other_parts_pass_silently(table, caplog):
    for part, config in (("part", {"conf": {"new": 1}}), ("x", {"conf": {"old": 1}})):
        assert with_new_names(part, config) == config
    assert with_new_names("part", {"conf": None}) == {"conf": None}
    assert not caplog.messages


def test_a_key_by_both_names_is_refused(table):
    with pytest.raises(ValueError, match="old: 1 and new: 2.*keep new"):
        with_new_names("part", {"conf": {"old": 1, "new": 2}})


def test_the_probability_of_a_prefix_moves_to_the_model_that_uses_it(caplog):
    old = {"lm_conf": {"hears_own": False}, "model_conf": {"p_prefix": 0.3, "a": 1}}
    new = {"autoregressive": False, "p_prefix": 0.3}
    assert with_new_names("loa_lm", old) == {"lm_conf": new, "model_conf": {"a": 1}}
    assert caplog.messages[-1] == "model_conf: p_prefix is now a key of lm_conf"
    unused = {"lm_conf": {}, "model_conf": {"p_prefix": 0.3}}
    assert with_new_names("loa_lm", unused) == {"lm_conf": {}, "model_conf": {}}
    with pytest.raises(ValueError, match="keep it in lm_conf"):
        with_new_names("loa_lm", {**old, "lm_conf": new})


def test_options_are_renamed_in_place(table):
    args = argparse.Namespace(conf={"old": 5}, other=6)
    rename_options("part", args)
    assert vars(args) == {"conf": {"new": 5}, "other": 6}


def test_no_new_name_is_an_old_one():
    for confs in OLD_KEYS.values():
        for table in confs.values():
            assert not table.keys() & set(table.values())


def test_old_options_and_choices_are_replaced_wherever_they_stand(caplog):
    words = ["--peer_dtype=bfloat16", "--parts", "unet", "loa_rollout", "--steps", "2"]
    renamed = with_new_words("bench", words)
    assert renamed == ["--baseline_dtype=bfloat16", *words[1:3], "loa_generation"] + (
        words[4:]
    )
    assert "--peer_dtype is now called --baseline_dtype" in caplog.messages
    assert with_new_words("another", words) == words


def test_without_arguments_those_of_the_process_are_read(monkeypatch):
    monkeypatch.setattr("sys.argv", ["bench", "--peer", "diffusers"])
    assert with_new_words("bench", None) == ["--baseline", "diffusers"]


def test_every_new_name_of_an_option_is_one_of_the_command():
    known = vars(bench.get_parser().parse_args(["--output", "x.json"]))
    options = [new for new in OLD_WORDS["bench"].values() if new.startswith("--")]
    assert {new.removeprefix("--") for new in options} <= known.keys()
    choices = ["--output", "x.json", "--parts", OLD_WORDS["bench"]["loa_rollout"]]
    assert bench.get_parser().parse_args(choices).parts == ["loa_generation"]
