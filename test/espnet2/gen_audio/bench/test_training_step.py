"""A step with all encoders costs more than one from dumps, and says where."""

import json

import pytest

from espnet2.gen_audio.bench.random_models import SIZES
from espnet2.gen_audio.bench.training_step import _dumped, _encoders
from espnet2.gen_audio.bin.bench import main


def test_shares_and_steps_add_up_and_the_command_writes_them(tmp_path, capsys):
    output = tmp_path / "bench.json"
    words = ["--output", str(output), "--size", "tiny", "--parts", "train"]
    main([*words, "--batch", "2", "--rounds", "3", "--threads", "1"])
    found = json.loads(output.read_text())["training"]
    assert found["batch"] == 2 and found["rounds"] == 3
    assert {*found["shares"]} == {"VAE", "AudioMAE", "FLAN-T5", "CLAP"}
    assert all(0 < share < 1 for share in found["shares"].values())
    spent = found["held_s"] * (1 - sum(found["shares"].values()))
    assert spent == pytest.approx(found["dumped_s"], rel=0.5)  # the U-Net's step
    assert found["ratio"] == pytest.approx(found["held_s"] / found["dumped_s"])
    assert 0 <= found["wait"] < 1
    assert "with all encoders" in capsys.readouterr().out


def test_dumps_have_the_shapes_of_what_the_encoders_give(tmp_path):
    size = SIZES["tiny"]
    encoders = _encoders(size, 2)
    given = [values for encode in encoders.values() for values in encode().items()]
    _, dumped = next(_dumped(size, tmp_path, 2, 1))
    shapes = {name: tuple(values.shape) for name, values in dumped.items()}
    encoded = {name: tuple(values.shape) for name, values in given}
    assert encoded.pop("sentence") == (2, size.clap[2])
    assert shapes == encoded
