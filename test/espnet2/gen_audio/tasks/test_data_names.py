"""Training reads the data of declared conditions, and refuses what it would ignore."""

import argparse

import pytest

from espnet2.gen_audio.tasks.data_names import accept_conditions
from espnet2.gen_audio.tasks.joint import JointTask
from espnet2.gen_audio.tasks.ldm import LDMTask


def options(*names, valid=(), encoded=()):
    """Return the options of a training on data of these names."""
    train, valid = (
        [(f"{name}.scp", name, "kaldi_ark") for name in each] for each in (names, valid)
    )
    return argparse.Namespace(
        train_data_path_and_name_and_type=train,
        valid_data_path_and_name_and_type=valid,
        encode_audio={name: f"exp/{name}" for name in encoded},
        allow_variable_data_keys=False,
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


@pytest.mark.parametrize(
    "task, conditions, data, message",
    [
        (
            JointTask,
            (),
            {"encoded": ["latent"]},
            "no loa, and --encode_audio names lat",
        ),
        (LDMTask, ["loa"], {"encoded": ["latent"]}, "add --encode_audio loa=EXPERIM"),
        (LDMTask, ["loa"], {}, "no latent and no loa, and --encode_audio names no st"),
        (
            LDMTask,
            ["loa"],
            {"encoded": ["loa"], "valid": ["audio", "loa"]},
            "--train_.* has sounds .audio. and no latent",
        ),
    ],
)
def test_sounds_that_do_not_become_every_stream_of_the_model_are_refused(
    task, conditions, data, message
):
    with pytest.raises(ValueError, match=message) as caught:
        accept_conditions(task, options("audio", "caption", **data), conditions)
    assert "\n" not in str(caught.value)


def test_sounds_of_the_validation_are_held_to_the_same_rule():
    args = options("latent", "loa", valid=["audio", "latent"])
    with pytest.raises(ValueError, match="--valid_data.* no loa"):
        accept_conditions(LDMTask, args, ["loa"])


@pytest.mark.parametrize(
    "conditions, names, encoded",
    [
        (["loa"], ["audio"], ["latent", "loa"]),
        (["loa"], ["audio", "loa"], ["latent"]),  # the other one is dumped
        (["sentence"], ["audio", "sentence"], ["latent"]),  # a model without LOA
    ],
)
def test_sounds_that_become_every_stream_of_the_model_are_taken(
    conditions, names, encoded
):
    accept_conditions(LDMTask, options(*names, encoded=encoded), conditions)
