"""Sounds of a published corpus are found by path or by name."""

import pytest

from espnet2.gen_audio.recipe.corpus_sounds import by_name, by_path, youtube_names


@pytest.fixture
def folder(tmp_path):
    for name in ("b/x.wav", "a/x.flac", "a/y.MP3", "z.txt", "c/Yv-_deo12345.opus"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def test_the_first_path_that_exists_wins(folder):
    find = by_path(folder)
    assert find(("a/none.wav", "b/x.wav", "a/x.flac")) == folder / "b/x.wav"
    assert find(("a", "a/none.wav")) is None


def test_names_are_found_in_any_folder_and_format_in_a_fixed_order(folder):
    find = by_name(folder)
    assert find(("none", "x")) == folder / "a/x.flac"
    assert find(("y",)) == folder / "a/y.MP3"
    assert find(("z",)) is None


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder .*none of sounds"):
        by_name(tmp_path / "none")


@pytest.mark.parametrize(
    "name",
    [
        "v-_deo12345",
        "Yv-_deo12345",
        "v-_deo12345_30",
        "v-_deo12345_000030",
        "Yv-_deo12345_30_40",
        "v-_deo12345_30000_40000",
        "Yv-_deo12345_30.000_40.000",
        "[v-_deo12345]-[30-40]",
    ],
)
def test_a_cut_of_a_video_has_the_names_that_tools_give(name):
    names = youtube_names("v-_deo12345", 30.0, 40.0)
    assert name in names and len(set(names)) == len(names)
    assert names.index("v-_deo12345_30") < names.index("v-_deo12345")


def test_a_cut_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="it begins at 40 s and ends at 30 s"):
        youtube_names("v", 40.0, 30.0)
