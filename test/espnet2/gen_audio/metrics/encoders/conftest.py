"""Weights drawn from a seed, and what other programs make of them."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[5]
sys.path.insert(0, str(ROOT / "test/parity"))


@pytest.fixture(scope="session")
def drawn():
    """Return the module that draws weights and sounds for the stored references."""
    import encoder_references

    return encoder_references


@pytest.fixture(scope="session")
def encoder_values(drawn):
    """Return the numbers of torchvggish and panns-inference."""
    return json.loads(drawn.STORED.read_text(encoding="utf-8"))["values"]
