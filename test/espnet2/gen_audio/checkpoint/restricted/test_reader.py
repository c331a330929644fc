"""The restricted reader builds tensors and containers, and nothing else."""

import argparse
import collections
import functools
import os
import pickle
from pathlib import Path

import pytest
import torch
from espnet2 import gen_audio

from espnet2.gen_audio.checkpoint.restricted.reader import read_containers


class Named:
    """Unpickled by calling whatever function it was given."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def saved(tmp_path, content, **options):
    path = tmp_path / "given.ckpt"
    torch.save(content, path, **options)
    return path


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
def test_tensors_and_plain_containers_come_back_as_they_were(tmp_path, zipped):
    weight = torch.arange(6.0).view(2, 3)
    content = {
        "state_dict": collections.OrderedDict(
            weight=weight,
            half=weight.half(),
            count=torch.tensor(3),
            tied=weight.t(),
            parameter=torch.nn.Parameter(weight),
        ),
        "epoch": 3,
        "names": ["a", ("b", 2.5)],
    }
    path = saved(tmp_path, content, _use_new_zipfile_serialization=zipped)
    got, skipped = read_containers(path)
    assert skipped == []
    assert got["epoch"] == 3 and got["names"] == ["a", ("b", 2.5)]
    for name, tensor in content["state_dict"].items():
        assert torch.equal(got["state_dict"][name], tensor.detach()), name
        assert got["state_dict"][name].dtype == tensor.dtype


def test_objects_of_a_framework_are_dropped_and_named(tmp_path):
    options = argparse.Namespace(lr=1e-4, nested=argparse.Namespace(a=[1]))
    content = {"w": torch.ones(2), "hyper_parameters": options, "list": [1, options]}
    got, skipped = read_containers(saved(tmp_path, content))
    assert torch.equal(got["w"], torch.ones(2))
    assert "hyper_parameters" not in got and got["list"] == [1]
    assert skipped == ["argparse.Namespace"]


def calls(marker):
    """Return what a hostile file may try, by the name of the attempt."""
    return {
        "open": (open, str(marker), "w"),
        "system": (os.system, f"touch {marker}"),
        "eval": (eval, f"open({str(marker)!r}, 'w')"),
        "exec": (exec, f"open({str(marker)!r}, 'w')"),
        "partial": (functools.partial, open, str(marker), "w"),
        "getattr": (getattr, Named(__import__, "os"), "getcwd"),
        "import": (__import__, "antigravity"),
        "loads": (pickle.loads, pickle.dumps(Named(open, str(marker), "w"))),
        "torch.load": (torch.load, str(marker)),
    }


@pytest.mark.parametrize("attempt", list(calls("x")))
@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
def test_no_attempt_to_run_something_succeeds(tmp_path, attempt, zipped):
    marker = tmp_path / "ran"
    content = {"w": torch.ones(2), "trap": Named(*calls(marker)[attempt])}
    path = saved(tmp_path, content, _use_new_zipfile_serialization=zipped)
    got, skipped = read_containers(path)
    assert not marker.exists()
    assert list(got) == ["w"] and skipped


def test_state_that_is_set_on_an_object_is_forgotten(tmp_path):
    class_of_torch = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    got, skipped = read_containers(saved(tmp_path, {"o": class_of_torch, "n": 1}))
    assert got == {"n": 1} and "torch.optim.sgd.SGD" in skipped


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04broken", b"\x80\x02."])
def test_a_damaged_file_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "given.ckpt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="given.ckpt is damaged") as refused:
        read_containers(path)
    assert "\n" not in str(refused.value)


def test_a_file_without_a_dictionary_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no dictionary"):
        read_containers(saved(tmp_path, [torch.ones(2)]))


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
def test_torch_takes_no_part_in_it(tmp_path, zipped, monkeypatch):
    path = saved(tmp_path, {"w": torch.ones(2)}, _use_new_zipfile_serialization=zipped)

    def called(*_, **__):
        raise AssertionError("torch was called")

    monkeypatch.setattr(torch, "load", called)
    monkeypatch.setattr(torch.jit, "load", called)
    assert torch.equal(read_containers(path)[0]["w"], torch.ones(2))


def test_a_scripted_module_is_refused_and_not_run(tmp_path, torchscript_trap):
    path, marker = tmp_path / "given.ckpt", tmp_path / "ran"
    torchscript_trap(path, marker)
    with pytest.raises(ValueError, match="given.ckpt is a TorchScript archive"):
        read_containers(path)
    assert not marker.exists()


def test_a_container_that_stands_in_itself_or_many_times_ends(tmp_path):
    many = [torch.ones(1)]
    for _ in range(60):
        many = [many, many]
    got, _ = read_containers(saved(tmp_path, {"many": many, "w": torch.ones(1)}))
    assert torch.equal(got["w"], torch.ones(1)) and got["many"][0] is got["many"][1]
    itself = []
    itself.append(itself)
    with pytest.raises(ValueError, match="given.ckpt is damaged"):
        read_containers(saved(tmp_path, {"a": itself}))


def test_no_module_of_the_package_calls_torch_load_with_more_than_tensors():
    package = Path(gen_audio.__file__).parent
    for path in package.rglob("*.py"):
        text = path.read_text("utf-8")
        assert "weights_only=False" not in text and "jit.load" not in text, path
        assert text.count("torch.load(") <= text.count("weights_only=True"), path
