import json

import pytest
import torch

from espnet2.gen_audio.accel import compiled_unet
from espnet2.gen_audio.accel.cached_unet import CachedUNet
from espnet2.gen_audio.bench import timing
from espnet2.gen_audio.bin.bench import get_parser, main


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("weights")


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def few_rounds(monkeypatch):
    monkeypatch.setattr(timing, "SHORT", 0.0)


@pytest.mark.usefixtures("threads", "few_rounds")
def test_a_run_prints_a_table_and_writes_all_of_it(folder, tmp_path, capsys):
    output = tmp_path / "b.json"
    command = ["--size", "tiny", "--folder", str(folder), "--output", str(output)]
    command += ["--parts", "text", "loa_generation", "unet", "decode", "memory"]
    command += ["few_passes"]
    command += ["--memory_systems", "ours_bfloat16", "--full", "--steps", "2"]
    main([*command, "--rounds", "2", "--threads", "1", "--batch", "2"])
    found = json.loads(output.read_text())
    names = "text loa_generation unet vae vocoder decode".split()
    assert [part["part"] for part in found["parts"]] == [*names, "whole, 2 steps"]
    for part in found["parts"]:
        assert part["difference"] < 1e-3, part["part"]
        assert part["low"] <= part["ratio"] <= part["high"]
        assert len(part["times"]) == part["rounds"]
    assert [total["steps"] for total in found["derived_totals"]] == [200, 25, 10]
    assert found["memory"][0]["gigabytes"] > 0.1 and found["binding_s"] > 0
    assert found["threads"] == 1 and found["options"]["batch"] == 2
    assert found["prompt_tokens"]["flan_t5"] == 21 and found["versions"]["diffusers"]
    assert any("convolution" in name for name in found["ceilings_gflops"])
    few = [each["preset"] for each in found["few_passes"]]
    assert few == ["instant", "fast2"]
    printed = capsys.readouterr().out
    assert "derived total, 200 steps" in printed and "21 flan_t5" in printed
    assert output.with_suffix(".png").is_file()


@pytest.mark.usefixtures("threads", "few_rounds")
def test_half_precision_runs_beside_the_baselines_single(folder, tmp_path):
    output = tmp_path / "h.json"
    command = ["--size", "tiny", "--folder", str(folder), "--output", str(output)]
    command += ["--parts", "loa_generation", "decode", "--dtype", "bfloat16"]
    main([*command, "--rounds", "1", "--threads", "1", "--tokens", "16"])
    found = json.loads(output.read_text())
    assert found["derived_totals"] == [] and found["memory"] == []
    assert 1e-5 < found["parts"][0]["difference"] < 0.2


@pytest.mark.usefixtures("threads", "few_rounds")
def test_the_compiled_unet_is_timed_beside_the_plain_one(folder, tmp_path, monkeypatch):
    plain = CachedUNet.__call__
    monkeypatch.setattr(compiled_unet, "compile_pass", lambda device: plain)
    output = tmp_path / "c.json"
    command = ["--size", "tiny", "--folder", str(folder), "--output", str(output)]
    main([*command, "--parts", "unet", "--compile", "--rounds", "1", "--threads", "1"])
    found = json.loads(output.read_text())
    assert [part["part"] for part in found["parts"]] == ["unet", "unet, compiled"]
    assert found["compile_s"] > 0


def test_compiling_without_a_compiler_is_refused_before_weights_are_made(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit):
        main(["--output", str(tmp_path / "a.json"), "--compile"])
    assert "needs a C++ compiler" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options, message",
    [
        (["--tokens", "0"], "--tokens: got '0'; give"),
        (["--threads", "-1"], "--threads: got '-1'; give"),
        (["--output", "x.txt"], "must end in .json"),
    ],
)
def test_what_cannot_work_ends_in_one_line(options, message, tmp_path, capsys):
    command = ["--output", str(tmp_path / "a.json"), "--size", "tiny"]
    with pytest.raises(SystemExit) as error:
        main([*command, *options])
    found = capsys.readouterr().err.strip()
    assert error.value.code == 2 and message in found.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(torch.cuda.is_available(), reason="has an accelerator")
def test_a_device_that_is_absent_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["--output", str(tmp_path / "a.json"), "--device", "cuda"])
    assert "use cpu" in capsys.readouterr().err


def test_every_option_says_what_it_is():
    assert all(action.help for action in get_parser()._actions)
