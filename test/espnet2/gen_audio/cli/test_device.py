"""Devices of the command line."""

import argparse

import pytest
import torch

from espnet2.gen_audio.cli.device import usable_device


@pytest.fixture
def gpus(monkeypatch):
    """Return a function that gives the machine a number of GPUs."""

    def give(count):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)

    return give


@pytest.mark.parametrize(
    "name, count, message",
    [
        (
            "cuda",
            0,
            "cuda was given, but torch finds no GPU; use cpu, or run python -m",
        ),
        ("cuda:0", 0, "cuda:0 was given, but torch finds no GPU"),
        ("cuda:1", 1, "cuda:1 was given, but torch finds 1 GPU;"),
        ("cuda:3", 2, "torch finds 2 GPUs"),
        ("gpu", 1, "'gpu' is no device; use cpu, cuda or cuda:<number>"),
    ],
)
def test_a_gpu_that_is_not_there_is_refused_with_a_remedy(gpus, name, count, message):
    gpus(count)
    with pytest.raises(argparse.ArgumentTypeError, match=message):
        usable_device(name)


def test_a_device_that_is_there_is_taken(gpus):
    gpus(2)
    for name in ("cpu", "cuda", "cuda:1", "meta"):
        assert usable_device(name) == name


@pytest.mark.parametrize(
    "command", ["dump_condition", "dump_latent", "dump_loa", "vocode", "gen_audio"]
)
def test_every_command_refuses_it_before_anything_else(gpus, capsys, command):
    from importlib import import_module

    gpus(0)
    parser = import_module(f"espnet2.gen_audio.bin.{command}").get_parser()
    with pytest.raises(SystemExit) as stop:
        parser.parse_args(["--device", "cuda"])
    assert stop.value.code == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert "argument --device: cuda was given, but torch finds no GPU" in last
