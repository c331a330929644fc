"""A whole system by one name: a folder, an archive, a tag; or one line that helps."""

import json
import sys
import types
import zipfile
from dataclasses import replace

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from espnet2.gen_audio.checkpoint.archive.folder import write_system
from espnet2.gen_audio.checkpoint.archive.packed import write_archive
from espnet2.gen_audio.checkpoint.archive.system import System
from espnet2.gen_audio.diffusion.build import build_ldm
from espnet2.gen_audio.pipeline.load import converted
from espnet2.gen_audio.pipeline.load.converted import folder_of, load_converted
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.text2audio import Text2Audio
from espnet2.gen_audio.vocoder.griffin_lim import GriffinLim

FAST = SamplingOptions(steps=2, eta=0.0)


@pytest.fixture
def encoders(monkeypatch, system):
    """Stand in for the frozen encoders, whose loading has tests of its own."""
    monkeypatch.setattr(converted, "caption_encoder", lambda *_: system.encoder)


def test_a_folder_sounds_like_the_models_it_was_made_of(
    parts, encoders, system, tmp_path
):
    write_system(System("custom", parts, {}), tmp_path)
    loaded = load_converted(tmp_path)
    assert isinstance(loaded.vocoder, GriffinLim)  # the folder has no vocoder
    both = [
        Text2Audio(replace(each, parts=replace(each.parts, vocoder=loaded.vocoder)))
        for each in (loaded, system)
    ]
    got, wanted = (each({"x": "a dog"}, FAST)["x"] for each in both)
    assert torch.equal(got, wanted)


def test_an_loa_language_model_without_use_is_left_out(parts, encoders, tmp_path):
    config = parts["ldm"].config
    config["unet_conf"] = config["unet_conf"] | {"loa_dim": None}
    state = build_ldm(config).state_dict()
    parts["ldm"].state = {n: t for n, t in state.items() if not n.startswith("ema.")}
    write_system(System("custom", parts, {}), tmp_path)
    loaded = load_converted(tmp_path)
    assert loaded.loa_lm is None and loaded.specification.loa_factor is None


def test_a_vae_that_is_stored_in_half_precision_encodes_and_decodes_in_the_systems(
    parts, encoders, tmp_path
):
    write_system(System("custom", parts, {}), tmp_path)
    path = tmp_path / "vae" / "model.safetensors"
    stored = {name: values.bfloat16() for name, values in load_file(path).items()}
    save_file(stored, path)
    vae = load_converted(tmp_path).vae
    assert {weight.dtype for weight in vae.parameters()} == {torch.float32}
    with torch.no_grad():
        latent = vae.encode(torch.zeros(1, 64, 16))[0]
        assert vae.decode(latent).isfinite().all()


@pytest.mark.parametrize("fusion", [False, True])
def test_a_fusion_clap_ranks_no_candidates_and_says_so_before_sampling(
    parts, encoders, tmp_path, fusion
):
    write_system(System("custom", parts, {}), tmp_path)
    folder = tmp_path / "sentence_encoder"
    folder.mkdir()
    config = {"model_type": "clap", "audio_config": {"enable_fusion": fusion}}
    (folder / "config.json").write_text(json.dumps(config))
    index = yaml.safe_load((tmp_path / "system.yaml").read_text())
    index["parts"]["sentence_encoder"] = index["parts"]["vae"]
    (tmp_path / "system.yaml").write_text(yaml.safe_dump(index))
    loaded = Text2Audio(load_converted(tmp_path))
    assert (loaded.system.ranking is None) == fusion
    if fusion:
        with pytest.raises(ValueError, match="2 candidates need .* without fusion"):
            loaded.make([], candidates=2)


def test_an_archive_is_the_same_system(parts, encoders, system, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write_system(System("custom", parts, {}), tmp_path / "folder")
    write_archive(tmp_path / "folder", tmp_path / "model.zip")
    loaded = load_converted(tmp_path / "model.zip")
    for name, tensor in system.vae.state_dict().items():
        assert torch.equal(loaded.vae.state_dict()[name], tensor)


def test_the_empty_caption_is_encoded_where_the_config_does_not_know_it(
    parts, encoders, system, tmp_path
):
    parts["ldm"].config["null_tokens"] = None
    write_system(System("custom", parts, {}), tmp_path)
    null = load_converted(tmp_path).ldm.conditions.null(1)["tokens"]
    assert torch.equal(null.embedding[0], system.encoder([""])["tokens"][0])


@pytest.mark.parametrize("lacking", ["vae", "ldm", "loa_lm"])
def test_a_system_without_a_part_that_is_needed_is_refused(
    parts, encoders, tmp_path, lacking
):
    parts.pop(lacking)
    write_system(System("custom", parts, {}), tmp_path)
    with pytest.raises(ValueError, match=f"has no {lacking}"):
        load_converted(tmp_path)


def test_an_unconverted_checkpoint_names_the_command_that_converts_it(tmp_path):
    path = tmp_path / "audioldm2-full.pth"
    torch.save({"state_dict": {}}, path)
    with pytest.raises(ValueError, match=f"convert_checkpoint --input {path}"):
        load_converted(path)


@pytest.fixture
def zoo(monkeypatch):
    """Return a model zoo: what each tag is downloaded to; folders are from the hub."""
    places = {}

    class Downloader:
        def get_url(self, name):
            return "huggingface.co" if places[name].is_dir() else f"https://{name}"

        def huggingface_download(self, name):
            return str(places[name])

        def download(self, tag):
            if places[tag].is_dir():  # the zoo makes paths of names of folders
                for path in places[tag].glob("*/config.yaml"):
                    path.write_text(f"part: {path.parent}\n")
            return str(places[tag])

    module = types.ModuleType("espnet_model_zoo.downloader")
    module.ModelDownloader = Downloader
    monkeypatch.setitem(sys.modules, "espnet_model_zoo", types.ModuleType("zoo"))
    monkeypatch.setitem(sys.modules, "espnet_model_zoo.downloader", module)
    return places


def test_a_tag_is_a_folder_or_an_archive_of_the_model_zoo(
    parts, encoders, zoo, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    zoo["hub/model"] = tmp_path / "folder"
    write_system(System("custom", parts, {}), zoo["hub/model"])
    zoo["record/model"] = tmp_path / "model.zip"
    write_archive(zoo["hub/model"], zoo["record/model"])
    for tag in zoo:
        index = yaml.safe_load((folder_of(tag) / "system.yaml").read_text())
        assert set(index["parts"]) == {"vae", "loa_lm", "ldm"}
        config = yaml.safe_load((folder_of(tag) / "ldm" / "config.yaml").read_text())
        assert config["part"] == "ldm"


def test_a_zip_bomb_of_the_model_zoo_is_not_unpacked(zoo, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    zoo["record/bomb"] = tmp_path / "bomb.zip"
    with zipfile.ZipFile(zoo["record/bomb"], "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("meta.yaml", "files: {system_file: system.yaml}")
        file.writestr("zeros", bytes(1 << 26))
    with pytest.raises(ValueError, match="would unpack to .* more than 20 times"):
        folder_of("record/bomb")
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_another_model_of_the_zoo_is_refused(zoo, tmp_path):
    (tmp_path / "meta.yaml").write_text("files: {}")
    zoo["someone/asr"] = tmp_path
    with pytest.raises(ValueError, match="someone/asr of the model zoo has no system"):
        folder_of("someone/asr")


def test_a_name_that_is_nothing_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "espnet_model_zoo", None)
    monkeypatch.setitem(sys.modules, "espnet_model_zoo.downloader", None)
    with pytest.raises(ValueError, match="pip install espnet_model_zoo"):
        load_converted("someone/a_model")
