"""The parts of the tiny system as a converted folder holds them."""

import pytest


@pytest.fixture
def parts(experiments):
    """Nets by name, as ``write_system`` takes them."""
    from espnet2.gen_audio.checkpoint.archive.trained import part_of

    return {p.name: p for folder in experiments.values() for p in part_of(folder)}
