"""Options of the text encoder: contents in place of paths, and data that fits."""

import argparse

import pytest

from espnet2.gen_audio.encoder.text_options import (
    add_text_encoder_arguments,
    resolve_text_encoder,
)
from espnet2.gen_audio.text.caption_units import UNITS_FILE, TextUnits, train_units


def options(*words, names=()):
    parser = argparse.ArgumentParser()
    add_text_encoder_arguments(parser.add_argument_group("text"))
    args = parser.parse_args(words)
    args.train_data_path_and_name_and_type = [("f", name, "t") for name in names]
    return args


@pytest.fixture
def folder(tmp_path):
    (tmp_path / UNITS_FILE).write_bytes(train_units(["a dog", "rain"], 30))
    return tmp_path


def test_the_config_gets_the_units_and_forgets_the_path(folder):
    args = options("--text_encoder", "units", "--units_model", str(folder))
    resolve_text_encoder(args)
    assert (
        TextUnits.from_text(args.units_model).model
        == (folder / UNITS_FILE).read_bytes()
    )
    once = args.units_model
    resolve_text_encoder(args)
    assert args.units_model == once


def test_by_default_there_is_no_text_encoder():
    args = options(names=["loa", "tokens"])
    resolve_text_encoder(args)
    assert (args.text_encoder, args.units_model) == ("none", None)


def test_a_units_file_that_is_not_there_is_named():
    args = options("--text_encoder", "units", "--units_model", "gone/units.model")
    with pytest.raises(FileNotFoundError, match="gone/units.model"):
        resolve_text_encoder(args)


@pytest.mark.parametrize("choice, name", [("none", "caption"), ("units", "tokens")])
def test_data_that_the_choice_does_not_read_is_refused(choice, name):
    with pytest.raises(ValueError, match=f"named {name}"):
        resolve_text_encoder(options("--text_encoder", choice, names=["loa", name]))
