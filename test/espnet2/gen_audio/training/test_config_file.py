"""Configuration files hold a mapping."""

import pytest

from espnet2.gen_audio.training.config_file import read_yaml


def test_contents_come_back(tmp_path):
    (tmp_path / "geometry.yaml").write_text("# mini\nseconds: 2.56\n")
    assert read_yaml(tmp_path / "geometry.yaml") == {"seconds": 2.56}


def test_a_file_that_holds_no_mapping_is_refused(tmp_path):
    (tmp_path / "list.yaml").write_text("- 1\n")
    with pytest.raises(ValueError, match="list.yaml must hold 'key: value'"):
        read_yaml(tmp_path / "list.yaml")
