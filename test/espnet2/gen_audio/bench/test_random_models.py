import json
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file

from espnet2.gen_audio.bench.random_models import SIZES, prepare
from espnet2.gen_audio.checkpoint.archive.folder import read_system


def test_what_is_there_is_not_made_anew(bench_root, folders):
    before = (folders[1] / "system.yaml").stat().st_mtime_ns
    assert prepare(bench_root, "tiny") == folders
    assert (folders[1] / "system.yaml").stat().st_mtime_ns == before


def test_folders_of_another_seed_or_without_their_note_are_made_anew(tmp_path):
    baseline, ours = prepare(tmp_path, "tiny", seed=1)
    first = read_system(ours).parts["vae"].state
    found = tmp_path / "tiny" / "bench.json"
    assert json.loads(found.read_text())["seed"] == 1
    found.unlink()
    (ours / "system.yaml").unlink()
    prepare(tmp_path, "tiny", seed=2)
    again = read_system(ours).parts["vae"].state
    assert any(not torch.equal(first[name], again[name]) for name in first)
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_a_failed_attempt_leaves_nothing(tmp_path, monkeypatch):
    from espnet2.gen_audio.bench import random_models

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(random_models, "write_system", fail)
    with pytest.raises(OSError, match="disk full"):
        prepare(tmp_path, "tiny")
    assert list(tmp_path.iterdir()) == []


def test_both_folders_hold_the_same_numbers(folders):
    baseline = load_file(folders[0] / "unet" / "diffusion_pytorch_model.safetensors")
    ours = read_system(folders[1]).parts["ldm"].state
    sums = sorted(float(weight.double().sum()) for weight in baseline.values())
    mine = sorted(float(weight.double().sum()) for weight in ours.values())
    assert set(sums) <= set(mine)


def test_no_layer_of_the_nets_is_zero(folders):
    for name, part in read_system(folders[1]).parts.items():
        for key, weight in part.state.items():
            if weight.dim() > 1:
                assert float(weight.abs().max()) > 0, (name, key)


def test_the_full_size_is_that_of_the_published_configs():
    full, conf = SIZES["full"], Path(__file__).parents[4] / "egs2/audioldm2/conf"
    ldm = yaml.safe_load((conf / "train_ldm.yaml").read_text(encoding="utf-8"))
    vae = yaml.safe_load((conf / "train_vae.yaml").read_text(encoding="utf-8"))
    assert list(full.unet) == ldm["unet_conf"]["channels"]
    assert list(full.vae) == vae["vae_conf"]["block_out_channels"]
    assert full.geometry.latent_shape == (8, 256, 16)
