"""The trainer around ESPnet's: averages, validates, stops, goes on."""

import logging
import re

import pytest
import torch


def run(toy, toy_data, folder, **options):
    toy.ToyTask.main(cmd=toy.command(toy_data, folder, **options))
    return folder


def stats_of(folder):
    state = torch.load(folder / "checkpoint.pth", weights_only=True)
    return state["reporter"]["stats"]


def test_the_average_moves_at_every_optimiser_step(toy, toy_data, tmp_path):
    run(toy, toy_data, tmp_path, accum_grad=2, max_epoch=2)  # 4 batches: 2 steps
    state = torch.load(tmp_path / "latest.pth", weights_only=True)
    assert state["ema.num_updates"] == 4
    assert not torch.equal(state["ema.0/weight"], state["net.0.weight"])


def test_validation_measures_the_average_and_puts_the_live_weights_back(
    toy, toy_data, tmp_path
):
    run(toy, toy_data, tmp_path, max_epoch=1, model_conf="width=8")
    state = torch.load(tmp_path / "latest.pth", weights_only=True)
    model = toy.Regressor()
    model.load_state_dict(state)
    lines = (toy_data / "x.txt").read_text().splitlines()
    x = torch.tensor([[float(v) for v in line.split()[1:]] for line in lines])
    with torch.no_grad(), model.eval().ema_weights():
        averaged, _, _ = model(x, None)
    with torch.no_grad():
        live, _, _ = model(x, None)
    assert stats_of(tmp_path)[1]["valid"]["loss"] == pytest.approx(float(averaged))
    assert float(live) != pytest.approx(float(averaged), rel=1e-3)


def test_a_loss_that_is_not_finite_in_validation_stops_the_work_and_saves_nothing(
    toy, toy_data, tmp_path
):
    conf = ["spoil=.inf", "at=valid"]
    message = "valid loss is inf in epoch 0; .*: clip000 clip001 clip002 clip003$"
    with pytest.raises(RuntimeError, match=message):
        run(toy, toy_data, tmp_path, model_conf=conf)
    assert not (tmp_path / "checkpoint.pth").exists()


def test_an_epoch_without_a_valid_step_is_an_error(toy, toy_data, tmp_path):
    with pytest.raises(RuntimeError, match="no step of epoch 1 had finite gradients"):
        run(toy, toy_data, tmp_path, model_conf="at=gradient")


def test_more_batches_in_a_step_than_in_an_epoch_are_refused(toy, toy_data, tmp_path):
    message = "accum_grad 5 is more than the 4 batches of an epoch"
    with pytest.raises(ValueError, match=message):
        run(toy, toy_data, tmp_path, accum_grad=5)


@pytest.mark.parametrize("adversarial", [False, True])
def test_a_loss_that_is_not_finite_names_the_clips_of_its_batch(
    toy, toy_data, tmp_path, adversarial
):
    lines = (toy_data / "x.txt").read_text().splitlines()
    lines[17] = "clip017 1 nan 1 1"
    (tmp_path / "x.txt").write_text("\n".join(lines) + "\n")
    command = toy.gan_command if adversarial else toy.command
    words = command(
        toy_data,
        tmp_path / "exp",
        train_data_path_and_name_and_type=f"{tmp_path}/x.txt,x,text_float",
        num_iters_per_epoch=6,  # every clip once
    )
    task = toy.ToyGANTask if adversarial else toy.ToyTask
    with pytest.raises(RuntimeError, match="train loss is nan in epoch 1") as stopped:
        task.main(cmd=words)
    named = re.findall(r"clip\d+", str(stopped.value))
    assert "clip017" in named and len(named) == 4
    assert not (tmp_path / "exp" / "1epoch.pth").exists()


def test_a_criterion_that_is_never_measured_is_an_error_in_the_first_epoch(
    toy, toy_data, tmp_path
):
    with pytest.raises(RuntimeError, match=r"\['acc'\].*measures \['loss'\]"):
        run(toy, toy_data, tmp_path, best_model_criterion="valid,acc,max")


def test_a_run_that_stopped_early_does_not_train_on(toy, toy_data, tmp_path):
    options = dict(patience=0, optim_conf="lr=0.6", max_epoch=9)
    run(toy, toy_data, tmp_path, **options)
    before = {p.name: p.stat().st_mtime_ns for p in tmp_path.glob("*epoch.pth")}
    epochs = len(stats_of(tmp_path))
    assert epochs < 9  # it did stop early
    run(toy, toy_data, tmp_path, **options)
    assert len(stats_of(tmp_path)) == epochs
    after = {p.name: p.stat().st_mtime_ns for p in tmp_path.glob("*epoch.pth")}
    assert after == before


def test_a_checkpoint_with_other_shapes_is_refused_by_name(toy, toy_data, tmp_path):
    run(toy, toy_data, tmp_path, max_epoch=1)
    with pytest.raises(ValueError, match=r"net\.0\.weight \(8, 4\), not \(5, 4\)"):
        run(toy, toy_data, tmp_path, model_conf="width=5")


def test_a_short_epoch_shows_its_progress(toy, toy_data, tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        run(toy, toy_data, tmp_path, max_epoch=1, log_level="INFO")
    lines = [m for m in caplog.messages if m.startswith("1epoch:train:")]
    assert len(lines) == 4  # one a step: an epoch has four


def test_workers_processes_and_epochs_of_odd_length_go_on_as_undisturbed(
    toy, toy_data, tmp_path
):
    options = dict(num_iters_per_epoch=7, num_workers=1, max_epoch=2)
    whole = run(toy, toy_data, tmp_path / "whole", **options)
    halves = tmp_path / "halves"
    run(toy, toy_data, halves, **{**options, "max_epoch": 1})
    run(toy, toy_data, halves, **options)
    expected = torch.load(whole / "latest.pth", weights_only=True)
    found = torch.load(halves / "latest.pth", weights_only=True)
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_batches_that_complete_no_step_are_not_carried_into_the_next_epoch(
    toy, toy_data, tmp_path
):
    options = dict(accum_grad=3, max_epoch=2)  # 4 batches: one step, and one left over
    whole = run(toy, toy_data, tmp_path / "whole", **options)
    halves = tmp_path / "halves"
    run(toy, toy_data, halves, **{**options, "max_epoch": 1})
    run(toy, toy_data, halves, **options)
    expected = torch.load(whole / "latest.pth", weights_only=True)
    found = torch.load(halves / "latest.pth", weights_only=True)
    assert expected["ema.num_updates"] == 2
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_a_model_is_told_its_progress_before_each_epoch(
    toy, toy_data, tmp_path, monkeypatch
):
    done = []
    monkeypatch.setattr(
        toy.Regressor, "set_progress", lambda self, at: done.append(at), raising=False
    )
    run(toy, toy_data, tmp_path, max_epoch=2)
    run(toy, toy_data, tmp_path, max_epoch=4)  # goes on
    assert done == [0.0, 0.5, 0.5, 0.75]
