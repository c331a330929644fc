"""A real voice, for the measures of speech."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def spoken():
    """Return the file of a voice that says six, four, seven."""
    return Path(__file__).parents[3] / "sounds/six_four_seven.flac"
