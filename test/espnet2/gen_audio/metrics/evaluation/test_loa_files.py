"""LOA from archives: pooled to the predicted length, or refused."""

import numpy as np
import pytest
import torch

from espnet2.gen_audio.audiomae.loa import pool_patches
from espnet2.gen_audio.compat import MatrixWriter
from espnet2.gen_audio.feats.clip import ClipGeometry
from espnet2.gen_audio.metrics.evaluation.loa_files import pooled_like, read_loa_errors

GEOMETRY = ClipGeometry(seconds=0.64, downsample=8)  # 4 x 8 patches


def test_patches_are_pooled_to_the_number_of_predicted_tokens():
    patches = np.random.default_rng(0).normal(size=(32, 3)).astype(np.float32)
    pooled = pooled_like({"a": patches}, 2, GEOMETRY)["a"]
    expected = pool_patches(torch.tensor(patches)[None], (4, 8), (4, 4))[0]
    np.testing.assert_allclose(pooled, expected)
    np.testing.assert_allclose(pooled_like({"a": pooled}, 2, GEOMETRY)["a"], pooled)


def test_a_length_that_no_factor_gives_is_refused():
    with pytest.raises(ValueError, match="cannot be pooled to 5"):
        pooled_like({"a": np.zeros((32, 3))}, 5, GEOMETRY)


def test_archives_are_read_as_generation_and_dump_write_them(tmp_path):
    rng = np.random.default_rng(1)
    tables = {"predicted": 2, "test": 32, "train": 32}
    for name, rows in tables.items():
        with MatrixWriter(tmp_path / f"{name}.ark", tmp_path / f"{name}.scp") as writer:
            for clip in "ab":
                writer[clip] = rng.normal(size=(rows, 3))
    scps = [tmp_path / f"{name}.scp" for name in tables]
    errors = read_loa_errors(*scps, GEOMETRY, {"a": "a", "b": "b"})
    assert set(errors) == {"predicted", "mean", "other", "zero"}
    assert read_loa_errors(None, scps[1], None, GEOMETRY, {}) == {}
