"""Systems from folders and names."""

from pathlib import Path

import pytest

from espnet2.gen_audio.metrics.evaluation.systems import systems_of


def make(folder, *names):
    for name in names:
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "wav.scp").write_text("a a.wav\n")


def test_folders_name_system_and_seed_and_the_main_one_comes_first(tmp_path):
    make(tmp_path, "mean_seed0", "predicted_seed1", "predicted_seed0", "shards")
    systems = systems_of([tmp_path], [], "predicted")
    assert list(systems) == ["predicted", "mean"]
    assert list(systems["predicted"]) == ["0", "1"]


def test_a_folder_of_one_system_is_the_main_one(tmp_path):
    make(tmp_path, ".")
    assert systems_of([tmp_path], [], "ours") == {"ours": {"": tmp_path / "wav.scp"}}


def test_named_systems_join_those_of_folders(tmp_path):
    make(tmp_path, "mean_seed0")
    systems = systems_of(
        [tmp_path], ["old=x/wav.scp", "new@seed3=y=z.scp"], "predicted"
    )
    assert systems["old"] == {"": Path("x/wav.scp")}
    assert systems["new"] == {"3": Path("y=z.scp")}


@pytest.mark.parametrize(
    ("named", "message"),
    [(["name"], "not name=wav.scp"), (["a@0=x", "a@seed0=y"], "given twice")],
)
def test_other_forms_and_doubles_are_refused(named, message):
    with pytest.raises(ValueError, match=message):
        systems_of([], named, "predicted")


def test_a_folder_without_a_system_is_refused(tmp_path):
    with pytest.raises(ValueError, match="generate first"):
        systems_of([tmp_path], [], "predicted")
