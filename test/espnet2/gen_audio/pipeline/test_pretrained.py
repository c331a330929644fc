"""A whole system by one name: a folder, an archive, a tag; or one line that helps."""

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from espnet2.gen_audio.checkpoint.archive.folder import write_system
from espnet2.gen_audio.checkpoint.archive.packed import write_archive
from espnet2.gen_audio.checkpoint.archive.system import System
from espnet2.gen_audio.checkpoint.archive.trained import part_of
from espnet2.gen_audio.pipeline import pretrained
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.text2audio import Text2Audio

FAST = SamplingOptions(steps=2, eta=0.0)


@pytest.fixture
def parts(experiments):
    return {p.name: p for folder in experiments.values() for p in part_of(folder)}


@pytest.fixture
def encoders(monkeypatch, system):
    """Stand in for the frozen encoders, whose loading has tests of its own."""
    monkeypatch.setattr(pretrained, "_caption_encoder", lambda *_: system.encode)


def test_a_folder_sounds_like_the_models_it_was_made_of(
    parts, encoders, system, tmp_path
):
    write_system(System("custom", parts, {}), tmp_path)
    loaded = Text2Audio.from_pretrained(tmp_path)
    heard = system.heard(system.conditions(["a dog"]))
    got = loaded.sample(["x"], loaded.heard(loaded.conditions(["a dog"])), FAST)
    assert torch.equal(got, system.sample(["x"], heard, FAST))
    # no vocoder in the system: Griffin-Lim
    assert loaded({"x": "a dog"}, FAST)["x"].shape == (loaded.ldm.geometry.samples,)


def test_a_language_model_is_prepared_for_generation(parts, encoders, tmp_path):
    write_system(System("custom", parts, {}), tmp_path)
    gpt2 = Text2Audio.from_pretrained(tmp_path).loa_lm.lm.gpt2
    assert all(block.mlp.c_fc.weight.t().is_contiguous() for block in gpt2.h)


def test_a_vae_that_is_stored_in_half_precision_encodes_and_decodes_in_the_systems(
    parts, encoders, tmp_path
):
    write_system(System("custom", parts, {}), tmp_path)
    path = tmp_path / "vae" / "model.safetensors"
    stored = {name: values.bfloat16() for name, values in load_file(path).items()}
    save_file(stored, path)
    vae = Text2Audio.from_pretrained(tmp_path).vae
    assert {weight.dtype for weight in vae.parameters()} == {torch.float32}
    with torch.no_grad():
        latent = vae.encode(torch.zeros(1, 64, 16))[0]
        assert vae.decode(latent).isfinite().all()


def test_an_archive_is_the_same_system(parts, encoders, system, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write_system(System("custom", parts, {}), tmp_path / "folder")
    write_archive(tmp_path / "folder", tmp_path / "model.zip")
    loaded = Text2Audio.from_pretrained(tmp_path / "model.zip")
    for name, tensor in system.vae.state_dict().items():
        assert torch.equal(loaded.vae.state_dict()[name], tensor)


def test_the_empty_caption_is_encoded_where_the_config_does_not_know_it(
    parts, encoders, system, tmp_path
):
    parts["ldm"].config["null_tokens"] = None
    write_system(System("custom", parts, {}), tmp_path)
    null = Text2Audio.from_pretrained(tmp_path).ldm.null_tokens_condition(1)
    assert torch.equal(null.embedding[0], system.encode([""])["tokens"][0])


@pytest.mark.parametrize("lacking", ["vae", "ldm", "loa_lm"])
def test_a_system_without_a_part_that_is_needed_is_refused(
    parts, encoders, tmp_path, lacking
):
    parts.pop(lacking)
    write_system(System("custom", parts, {}), tmp_path)
    with pytest.raises(ValueError, match=f"has no {lacking}"):
        Text2Audio.from_pretrained(tmp_path)


def test_an_encoder_without_tokenizer_names_the_option_that_adds_it(parts, tmp_path):
    write_system(System("custom", parts, {}), tmp_path)
    with pytest.raises(ValueError, match="has no (sentence|tokens)_encoder"):
        Text2Audio.from_pretrained(tmp_path)
    for stream in ("sentence", "tokens"):
        folder = tmp_path / f"{stream}_encoder"
        folder.mkdir()
        (folder / "config.json").write_text('{"model_type": "t5"}')
    with pytest.raises(ValueError, match="--(sentence|tokens)_tokenizer FOLDER"):
        Text2Audio.from_pretrained(tmp_path)


def test_an_unconverted_checkpoint_names_the_command_that_converts_it(tmp_path):
    path = tmp_path / "audioldm2-full.pth"
    torch.save({"state_dict": {}}, path)
    with pytest.raises(ValueError, match=f"convert_checkpoint --input {path}"):
        Text2Audio.from_pretrained(path)


def test_a_tag_goes_to_the_model_zoo(parts, encoders, tmp_path, monkeypatch):
    import sys
    import types

    write_system(System("custom", parts, {}), tmp_path)
    asked = []

    class Downloader:
        def download_and_unpack(self, tag):
            asked.append(tag)
            return {"system_file": str(tmp_path / "system.yaml")}

    zoo = types.ModuleType("espnet_model_zoo.downloader")
    zoo.ModelDownloader = Downloader
    monkeypatch.setitem(sys.modules, "espnet_model_zoo", types.ModuleType("zoo"))
    monkeypatch.setitem(sys.modules, "espnet_model_zoo.downloader", zoo)
    assert pretrained.folder_of("someone/a_model") == tmp_path
    assert asked == ["someone/a_model"]
    index = yaml.safe_load((tmp_path / "system.yaml").read_text())
    assert set(index["parts"]) == {"vae", "loa_lm", "ldm"}


def test_a_name_that_is_nothing_says_so(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "espnet_model_zoo", None)
    monkeypatch.setitem(sys.modules, "espnet_model_zoo.downloader", None)
    with pytest.raises(ValueError, match="pip install espnet_model_zoo"):
        Text2Audio.from_pretrained("someone/a_model")
