"""The assembler: one system from experiments, folders and archives, lazy or not."""

import pytest
import torch

from espnet2.gen_audio.checkpoint.archive.folder import write_system
from espnet2.gen_audio.checkpoint.archive.packed import write_archive
from espnet2.gen_audio.checkpoint.archive.system import System as StoredFolder
from espnet2.gen_audio.checkpoint.archive.trained import part_of
from espnet2.gen_audio.pipeline.behaviour import behaviour_of
from espnet2.gen_audio.pipeline.lazy import MemorySlot
from espnet2.gen_audio.pipeline.load import converted
from espnet2.gen_audio.pipeline.load.assemble import assemble
from espnet2.gen_audio.pipeline.load.converted import load_converted
from espnet2.gen_audio.pipeline.load.experiments import PartFolders, load_experiments
from espnet2.gen_audio.pipeline.load.part_files import StoredPart, StoredSystem
from espnet2.gen_audio.pipeline.load.part_loader import Placement
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.text2audio import Text2Audio

FAST = SamplingOptions(steps=2, eta=0.0)


@pytest.fixture
def vocoder(tmp_path):
    """Return the folder of a tiny vocoder, as training leaves it."""
    import yaml

    from espnet2.gen_audio.vocoder.build import build_vocoder

    folder = tmp_path / "vocoder"
    folder.mkdir()
    config = {
        "part": "vocoder",
        "geometry_conf": GEOMETRY,
        "vocoder_conf": {"upsample_initial_channel": 32},
        "best_model_criterion": [["valid", "mel_l1", "min"]],
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    torch.manual_seed(0)
    state = build_vocoder(config).state_dict()
    torch.save(state, folder / "valid.mel_l1.best.pth")
    return folder


GEOMETRY = {"seconds": 0.64, "n_mels": 16, "fbank_bins": 32, "latent_channels": 4}


def sound(system):
    return Text2Audio(system)({"x": "a dog"}, FAST)["x"]


def test_experiments_folders_and_archives_make_the_same_sound(
    experiments, vocoder, system, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(converted, "caption_encoder", lambda *_: system.encoder)
    folders = PartFolders(
        experiments["vae"],
        str(vocoder),
        loa_lm=experiments["loa_lm"],
        ldm=experiments["ldm"],
    )
    made = [sound(load_experiments(folders, system.encoder))]
    stored = [part_of(each) for each in (*experiments.values(), vocoder)]
    parts = {part.name: part for each in stored for part in each}
    write_system(StoredFolder("custom", parts, {}), tmp_path / "folder")
    write_archive(tmp_path / "folder", tmp_path / "model.zip")
    for model in (tmp_path / "folder", tmp_path / "model.zip"):
        made += [sound(load_converted(model))]
        made += [sound(load_converted(model, low_memory=True))]
    assert all(torch.equal(each, made[0]) for each in made[1:])


@pytest.mark.parametrize("slot", [None, MemorySlot()])
def test_the_language_model_gets_the_padding_of_the_behaviour_when_it_is_loaded(
    experiments, system, slot
):
    stored = StoredSystem(
        StoredPart(experiments["ldm"]),
        StoredPart(experiments["vae"]),
        loa_lm=StoredPart(experiments["loa_lm"]),
    )
    official = behaviour_of("official")
    made = assemble(stored, system.encoder, official, Placement(slot=slot))
    assert made.loa_lm.lm.sequence.padding == "official"


def test_with_a_slot_no_part_is_loaded_before_it_is_needed(experiments, system):
    missing = StoredPart(experiments["vae"], "no_such.pth")
    stored = StoredSystem(
        StoredPart(experiments["ldm"]),
        missing,
        loa_lm=StoredPart(experiments["loa_lm"]),
    )
    lazy = assemble(stored, system.encoder, placement=Placement(slot=MemorySlot()))
    assert lazy.is_lazy and lazy.specification == system.specification
    with pytest.raises(FileNotFoundError, match="no_such.pth"):
        lazy.vae
    with pytest.raises(FileNotFoundError, match="no_such.pth"):
        assemble(stored, system.encoder)
