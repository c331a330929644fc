"""Training reads the data of declared conditions, and refuses what it would ignore."""

import argparse

import pytest

from espnet2.gen_audio.tasks.data_names import accept_conditions
from espnet2.gen_audio.tasks.ldm import LDMTask


def options(*names):
    triples = [(f"{name}.scp", name, "kaldi_ark") for name in names]
    return argparse.Namespace(
        train_data_path_and_name_and_type=triples, allow_variable_data_keys=False
    )


def test_usual_data_leave_the_toolkits_own_check_on():
    args = options("latent", "loa", "tokens")
    accept_conditions(LDMTask, args, ())
    assert not args.allow_variable_data_keys


def test_data_of_a_declared_condition_are_let_through():
    args = options("latent", "loudness")
    accept_conditions(LDMTask, args, ["loudness"])
    assert args.allow_variable_data_keys


def test_data_that_no_condition_reads_are_refused_by_name():
    with pytest.raises(ValueError, match="named melody were given.*loudness"):
        accept_conditions(LDMTask, options("latent", "melody"), ["loudness"])
