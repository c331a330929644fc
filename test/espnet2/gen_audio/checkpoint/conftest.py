"""Made-up checkpoints that the tests of this folder read."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for the modules beside this one

import official_state  # noqa: E402


@pytest.fixture(scope="session")
def official():
    """Return the module that makes official states."""
    return official_state
