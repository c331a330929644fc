"""Every accepted file and folder is recognised and read."""

import argparse

import official_state
import pytest
import torch

from espnet2.gen_audio.checkpoint.archive.folder import read_system, write_system
from espnet2.gen_audio.checkpoint.archive.packed import is_archive
from espnet2.gen_audio.checkpoint.archive.system import NETS
from espnet2.gen_audio.checkpoint.detect import read_any
from espnet2.gen_audio.feats.clip import ClipGeometry

GEOMETRY = ClipGeometry(**official_state.GEOMETRY)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A whole official file with what a training framework adds to it."""
    path = tmp_path_factory.mktemp("given") / "audioldm2-full.pth"
    state = official_state.complete("full")
    options = argparse.Namespace(lr=1e-4)
    torch.save({"state_dict": state, "hyper_parameters": options, "epoch": 3}, path)
    return path


@pytest.fixture(scope="module")
def system(file):
    return read_any(file, geometry=GEOMETRY)


def test_an_official_file_has_all_parts_and_says_what_was_not_built(system):
    assert set(system.parts) == set(NETS)
    assert set(system.encoders) == {"sentence_encoder", "tokens_encoder"}
    assert system.variant == "audioldm2-full"
    assert any("argparse.Namespace" in note for note in system.notes)


def test_raw_and_averaged_weights_are_chosen_by_name(file, system):
    averaged = read_any(file, "ema", GEOMETRY).parts["ldm"]
    raw = system.parts["ldm"]
    assert raw.state.keys() == averaged.state.keys()
    name = "unet.net.conv_in.weight"
    assert not torch.equal(raw.state[name], averaged.state[name])
    assert averaged.provenance["weights"] == "ema"


def test_a_folder_of_ours_is_read_back(system, tmp_path):
    write_system(system, tmp_path)
    again = read_any(tmp_path)
    for name, part in read_system(tmp_path).parts.items():
        assert again.parts[name].config == part.config


def test_an_archive_is_read_like_the_folder_that_it_was_made_of(
    system, tmp_path, monkeypatch
):
    from espnet2.gen_audio.checkpoint.archive.packed import write_archive

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write_system(system, tmp_path / "folder")
    write_archive(tmp_path / "folder", tmp_path / "system.zip")
    assert is_archive(tmp_path / "system.zip")
    again = read_any(tmp_path / "system.zip")
    for name, member in system.members().items():
        got = again.members()[name].state
        assert member.state.keys() == got.keys()
        assert all(torch.equal(member.state[n], got[n]) for n in got)


def test_a_checkpoint_of_torch_is_a_zip_and_no_archive(file):
    assert not is_archive(file)


def test_an_experiment_is_read_as_its_part(experiments):
    system = read_any(experiments["vae"])
    assert list(system.parts) == ["vae"] and not system.encoders


def test_a_stand_alone_autoencoder_is_read(system, tmp_path):
    names = [n for n in official_state.complete("full") if "first_stage_model." in n]
    state = official_state.complete("full")
    own = {n: state[n] for n in names if ".vocoder." not in n}
    torch.save({"state_dict": own}, tmp_path / "vae.ckpt")
    alone = read_any(tmp_path / "vae.ckpt", geometry=GEOMETRY)
    assert list(alone.parts) == ["vae"]
    for name, tensor in system.parts["vae"].state.items():
        assert torch.equal(alone.parts["vae"].state[name], tensor)
