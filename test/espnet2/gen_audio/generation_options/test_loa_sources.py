"""Sources of LOA: what their tables lack is told before a model is loaded."""

import argparse
from dataclasses import replace

import numpy as np
import pytest

from espnet2.gen_audio.compat import MatrixWriter
from espnet2.gen_audio.generation_options.loa_sources import (
    check_references,
    check_sources,
    refuse_missing_loa,
)


@pytest.fixture
def options(tmp_path):
    """Return options with recorded LOA of one of two captions."""
    (tmp_path / "text").write_text("a-1 rain\nb-2 a dog\n")
    (tmp_path / "keys").write_text("a-1\n")
    with MatrixWriter(tmp_path / "loa.ark", tmp_path / "loa.scp") as writer:
        writer["a-1"] = np.zeros((2, 4), "float32")

    def make(*sources, **changes):
        given = {
            "text": tmp_path / "text",
            "key_file": None,
            "sources": list(sources),
            "loa_scp": str(tmp_path / "loa.scp"),
            "train_loa_scp": None,
            "task": "text_to_audio",
            "model": None,
        }
        return argparse.Namespace(**given | changes)

    make.folder = tmp_path
    return make


def test_a_caption_without_recorded_loa_is_named_if_it_belongs_to_the_job(options):
    with pytest.raises(ValueError, match="loa.scp has no LOA of b-2 and 0 more ids"):
        check_references(options("true"))
    check_references(options("true", key_file=options.folder / "keys"))
    check_references(options("predicted"))


def test_another_caption_needs_two(options):
    (options.folder / "text").write_text("a-1 rain\n")
    with pytest.raises(ValueError, match="needs two captions"):
        check_references(options("other"))


def test_an_index_that_is_not_there_is_named(options):
    with pytest.raises(FileNotFoundError, match="--train_loa_scp: got gone, which"):
        check_references(options("mean", train_loa_scp="gone"))
    with pytest.raises(ValueError, match="--sources mean needs --train_loa_scp"):
        check_sources(options("mean"))


def test_rows_of_loa_are_refused_for_a_system_without_it(system):
    without = replace(system.specification, loa_factor=None)
    refuse_missing_loa(["zero"], system)
    with pytest.raises(ValueError, match="--sources zero needs LOA"):
        refuse_missing_loa(["zero"], replace(system, specification=without))
