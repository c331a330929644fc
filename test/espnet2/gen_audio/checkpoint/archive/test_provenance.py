"""Where weights come from is said in full, and without the place of a file."""

import yaml

from espnet2.gen_audio.checkpoint.archive.provenance import (
    UNKNOWN_LICENCE,
    lasting,
    origin_of,
    provenance_of,
)


def test_provenance_names_the_file_without_its_folders():
    stated = provenance_of("vae", "folder/x.pth", ["a note"], weights="raw")
    assert stated["source"] == "x.pth" and stated["weights"] == "raw"
    assert stated["notes"] == ["a note"]
    assert "CC BY-NC-SA 4.0" in stated["licence"]


def folder_of(tmp_path, **config):
    """Leave what a training leaves, without weights in it."""
    config = {
        "part": "vae",
        "best_model_criterion": [["valid", "loss", "min"]],
    } | config
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    for epoch in (2, 13):
        (tmp_path / f"{epoch}epoch.pth").touch()
    (tmp_path / "valid.loss.best.pth").symlink_to("2epoch.pth")
    return tmp_path


def test_a_training_is_named_by_its_folder_and_its_epochs(tmp_path):
    assert origin_of(folder_of(tmp_path)) == {
        "source": "trained here",
        "experiment": tmp_path.name,
        "licence": UNKNOWN_LICENCE,
        "epochs": 13,
        "epoch": 2,
    }


def test_the_licence_of_a_fine_tuning_is_that_of_its_beginnings(tmp_path):
    start = [{"licence": "A"}, {"licence": "B"}, {"licence": "A"}]
    origin = origin_of(folder_of(tmp_path, finetuned_from=start))
    assert origin["licence"] == "A; B" and origin["finetuned_from"] == start


def test_a_converted_part_keeps_its_own(tmp_path):
    stated = {"source": "full.pth", "licence": "free", "sha256": "0" * 64}
    assert origin_of(folder_of(tmp_path, provenance=stated)) == stated


def test_what_is_computed_from_the_weights_does_not_last():
    stated = {"source": "x", "sha256": "0", "tensors": 1, "parameters": 2}
    assert lasting(stated) == {"source": "x"}
