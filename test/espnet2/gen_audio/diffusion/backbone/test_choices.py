"""What --backbone may name."""

import argparse

import pytest

from espnet2.gen_audio.diffusion.backbone.choices import backbone_choices


def test_the_published_backbone_is_the_default_and_unknown_names_are_refused(capsys):
    parser = argparse.ArgumentParser()
    backbone_choices.add_arguments(parser)
    assert parser.parse_args([]).backbone == "unet"
    with pytest.raises(SystemExit):
        parser.parse_args(["--backbone", "os.system"])
    assert "invalid choice: 'os.system'" in capsys.readouterr().err


def test_only_classes_of_the_interface_are_in_the_table():
    base = backbone_choices.base_type
    assert all(issubclass(each, base) for each in backbone_choices.classes.values())
