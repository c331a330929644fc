"""Validation curves: from the checkpoint in full, from the log where that is gone."""

import datetime

import numpy as np
import pytest
import torch

from espnet2.gen_audio.metrics.report.curves import curve_of, parse_log, read_curve

LOG = (
    "2026-01-01 (trainer:1) INFO: 1epoch results: [train] iter_time=0.1, mel_l1=0.911,"
    " time=3 minutes and 2 seconds, total_count=5, [valid] mel_l1=0.900, "
    "time=2 seconds, total_count=1, [att_plot] time=0 seconds\n"
    "2026-01-01 (trainer:1) INFO: 2epoch results: [train] mel_l1=0.5, "
    "[valid] mel_l1=nan\n"
    "2026-01-01 (trainer:1) INFO: 2epoch results: [train] mel_l1=0.5, "
    "[valid] mel_l1=4.500e-01, mel_l1_other=1.2e+03\n"
)


def checkpoint(folder, values, key="mel_l1"):
    stats = {
        epoch: {
            "train": {key: float(value), "time": datetime.timedelta(seconds=1)},
            "valid": {key: np.float64(value), "total_count": 3},
        }
        for epoch, value in enumerate(values, 1)
    }
    folder.mkdir(exist_ok=True)
    saved = {"reporter": {"stats": stats, "epoch": len(values)}}
    torch.save(saved, folder / "checkpoint.pth")
    return folder


def test_the_checkpoint_gives_every_digit(tmp_path):
    folder = checkpoint(tmp_path / "vae", [0.123456789, 0.1, 0.11])
    entry = read_curve("vae", folder).to_dict()
    assert entry["first"] == 0.123456789 and entry["best"] == 0.1
    assert entry["best_epoch"] == 2
    assert entry["ratio"] == pytest.approx(0.1 / 0.123456789)


def test_a_log_is_read_and_the_later_run_of_an_epoch_counts():
    stats = parse_log(LOG)
    assert stats[1]["train"]["mel_l1"] == 0.911 and stats[1]["valid"]["mel_l1"] == 0.9
    assert stats[2]["valid"] == {"mel_l1": 0.45, "mel_l1_other": 1200.0}


def test_the_log_stands_in_where_the_checkpoint_is_not_safe_to_read(tmp_path):
    folder = tmp_path / "vae"
    folder.mkdir()
    torch.save({"reporter": parse_log}, folder / "checkpoint.pth")  # holds a function
    (folder / "train.log").write_text(LOG)
    curve = read_curve("vae", folder)
    assert curve.valid == [0.9, 0.45] and curve.others == {
        "mel_l1_other": [None, 1200.0]
    }


def test_a_part_may_be_followed_by_another_quantity(tmp_path):
    folder = checkpoint(tmp_path / "x", [2.0, 1.0], key="accuracy")
    assert curve_of(f"mine:accuracy={folder}").to_dict()["ratio"] == 0.5


def test_a_curve_has_what_principal_components_reach_where_it_was_measured(tmp_path):
    folder = tmp_path / "vae"
    folder.mkdir()
    assert read_curve("vae", checkpoint(tmp_path / "x", [1.0])).linear is None
    log = LOG.replace(
        "[valid] mel_l1=4.500e-01", "[valid] linear_mel_l1=0.1, mel_l1=0.4"
    )
    (folder / "train.log").write_text(log)
    entry = read_curve("vae", folder).to_dict()
    assert (entry["best"], entry["linear"]) == (0.4, 0.1)
    assert "linear_mel_l1" not in entry["others"]


def test_what_cannot_be_read_is_refused_with_the_way_out(tmp_path):
    folder = checkpoint(tmp_path / "vae", [1.0])
    with pytest.raises(ValueError, match="that it has: mel_l1"):
        read_curve("ldm", folder)
    with pytest.raises(ValueError, match="part:KEY|mine:KEY"):
        read_curve("mine", folder)
    with pytest.raises(ValueError, match="train this part first"):
        read_curve("vae", tmp_path)
    with pytest.raises(ValueError, match="not finite"):
        read_curve("vae", checkpoint(tmp_path / "bad", [1.0, float("nan")]))
    with pytest.raises(ValueError, match="part=folder"):
        curve_of("vae")
