"""The benchmark command on tiny models."""

import json

import pytest

from espnet2.gen_audio.bin.bench import main


def test_it_measures_writes_and_tells(tmp_path, capsys):
    main(
        ["--size", "tiny", "--folder", str(tmp_path), "--threads", "1"]
        + ["--output", str(tmp_path / "out.json"), "--rounds", "2", "--tokens", "2"]
        + ["--parts", "text", "loa_rollout", "unet", "decode"]
    )
    told = capsys.readouterr().out
    assert "derived total, 200 steps" in told and "GFLOP/s" in told
    found = json.loads((tmp_path / "out.json").read_text())
    parts = {part["part"]: part for part in found["parts"]}
    assert parts.keys() == {"text", "loa_rollout", "unet", "decode"}
    assert all(part["difference"] < 1e-3 for part in parts.values())
    assert found["prompt_tokens"] > 10 and len(found["derived_totals"]) == 3


def test_numbers_that_make_no_sense_end_in_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--output", str(tmp_path / "x.json"), "--rounds", "0"])
    assert stop.value.code == 2
    assert "must be above 0" in capsys.readouterr().err
