"""What --process may name."""

import argparse

import pytest

from espnet2.gen_audio.diffusion.process.choices import (
    process_choices,
    scheduler_of_any,
)


def test_the_published_process_is_the_default_and_unknown_names_are_refused(capsys):
    parser = argparse.ArgumentParser()
    process_choices.add_arguments(parser)
    assert parser.parse_args([]).process == "variance_preserving"
    with pytest.raises(SystemExit):
        parser.parse_args(["--process", "os.system"])
    assert "invalid choice: 'os.system'" in capsys.readouterr().err


def test_only_classes_of_the_interface_are_in_the_table():
    base = process_choices.base_type
    assert all(issubclass(each, base) for each in process_choices.classes.values())


def test_a_request_may_name_a_solver_of_any_registered_process(monkeypatch):
    class Flow(process_choices.classes["variance_preserving"]):
        def build_scheduler(self, name):
            if name != "flow":
                raise ValueError("not mine")
            return "solver of flow"

    assert scheduler_of_any("ddim").config.prediction_type == "epsilon"
    with pytest.raises(ValueError, match="scheduler 'flow' is unknown; use ddim"):
        scheduler_of_any("flow")
    monkeypatch.setitem(process_choices.classes, "flow", Flow)
    assert scheduler_of_any("flow") == "solver of flow"
