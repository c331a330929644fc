"""Tiny folders for both systems, and both systems open."""

import dataclasses

import pytest
import torch


@pytest.fixture(scope="session")
def bench_root(tmp_path_factory):
    """Return the folder that holds the tiny weights."""
    from espnet2.gen_audio.bench.random_models import prepare

    folder = tmp_path_factory.mktemp("bench")
    prepare(folder, "tiny")
    return folder


@pytest.fixture(scope="session")
def folders(bench_root):
    """Return the folders of diffusers and ours."""
    return bench_root / "tiny" / "diffusers", bench_root / "tiny" / "ours"


@pytest.fixture(scope="session")
def opened(folders):
    """Open both systems once."""
    from espnet2.gen_audio.bench.pair import open_pair

    return open_pair(folders)


@pytest.fixture
def pair(opened):
    """Return both systems with two clips and numbers of their own."""
    fresh = torch.Generator().manual_seed(0)
    return dataclasses.replace(opened, batch=2, generator=fresh)
