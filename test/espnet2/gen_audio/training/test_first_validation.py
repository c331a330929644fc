"""What is measured before the first step: the value that training has to beat."""

import json

import pytest
import torch


def run(toy, toy_data, folder, **options):
    toy.ToyTask.main(cmd=toy.command(toy_data, folder, **options))
    return json.loads((folder / "before_training.json").read_text())


def test_it_is_the_validation_of_the_initial_weights(toy, toy_data, tmp_path):
    run(toy, toy_data, tmp_path / "a", max_epoch=1)
    weights = str(tmp_path / "a" / "latest.pth")
    before = run(toy, toy_data, tmp_path / "b", max_epoch=1, init_from=weights)
    saved = torch.load(tmp_path / "a" / "checkpoint.pth", weights_only=True)
    after = saved["reporter"]["stats"][1]["valid"]["loss"]
    assert before["loss"] == pytest.approx(float(after), rel=1e-5)


def test_a_resumed_training_keeps_the_first_value(toy, toy_data, tmp_path):
    first = run(toy, toy_data, tmp_path, max_epoch=1)
    assert run(toy, toy_data, tmp_path, max_epoch=2, resume="true") == first


def test_measuring_does_not_change_what_is_trained(toy, toy_data, tmp_path):
    run(toy, toy_data, tmp_path / "measured", max_epoch=2)
    (tmp_path / "known").mkdir()
    (tmp_path / "known" / "before_training.json").write_text("{}")
    run(toy, toy_data, tmp_path / "known", max_epoch=2)
    one, two = (
        torch.load(tmp_path / name / "latest.pth", weights_only=True)
        for name in ("measured", "known")
    )
    assert all(torch.equal(one[name], two[name]) for name in one)
