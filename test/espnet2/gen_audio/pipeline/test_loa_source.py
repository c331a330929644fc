"""Sources of LOA: what the diffusion model hears in each row of the table."""

import numpy as np
import pytest
import torch

from espnet2.gen_audio.compat import MatrixWriter
from espnet2.gen_audio.pipeline.loa_source import (
    SOURCES,
    LOASources,
    StoredLOA,
    other_ids,
)

CAPTIONS = {"a": "a dog barks", "b": "drum", "c": "a drum a dog"}


@pytest.fixture
def stored(tmp_path, system):
    """Patch features of two recordings, 8 patches of width 16 each."""
    rng = np.random.default_rng(0)
    matrices = {key: rng.standard_normal((8, 16)).astype("float32") for key in "ab"}
    with MatrixWriter(tmp_path / "loa.ark", tmp_path / "loa.scp") as writer:
        for key, matrix in matrices.items():
            writer[key] = matrix
    return str(tmp_path / "loa.scp"), matrices


@pytest.fixture
def sources(system, stored):
    return LOASources(system, CAPTIONS, stored[0], stored[0])


@pytest.mark.parametrize("count", [2, 3, 10, 101])
def test_every_caption_gets_another_one_and_each_is_used_once(count):
    ids = [f"id{n}" for n in range(count)]
    others = other_ids(ids)
    assert sorted(others) == sorted(others.values()) == sorted(ids)
    assert all(key != other for key, other in others.items())


def test_the_order_of_the_captions_does_not_change_their_partners():
    ids = [f"id{n}" for n in range(20)]
    assert other_ids(ids) == other_ids(ids[::-1])


def test_one_caption_has_no_other():
    with pytest.raises(ValueError, match="two captions"):
        other_ids(["a"])


def test_every_source_that_needs_no_training_gives_loa_of_one_shape(sources):
    for source in SOURCES:
        assert sources.loa(source, "a").shape == (2, 16), source


def test_the_true_loa_is_the_pooled_recording(sources, stored):
    patches = torch.tensor(stored[1]["a"]).view(4, 2, 16)  # time x frequency
    # factor 2: two tokens, each over 2 x 2 patches
    blocks = patches.view(2, 2, 2, 16).flatten(1, 2)
    expected = (blocks.mean(1) + blocks.amax(1)) / 2
    torch.testing.assert_close(sources.loa("true", "a"), expected)


def test_the_mean_is_that_of_the_pooled_recordings(sources):
    both = torch.stack([sources.loa("true", key) for key in "ab"])
    torch.testing.assert_close(sources.loa("mean", "c"), both.mean(0))


def test_another_captions_loa_is_the_one_predicted_from_that_caption(sources):
    partner = sources.others["a"]
    assert torch.equal(sources.loa("other", "a"), sources.loa("predicted", partner))
    assert not torch.allclose(sources.loa("other", "a"), sources.loa("predicted", "a"))


def test_without_text_all_captions_have_the_states_of_the_empty_one(sources, system):
    tokens = sources.heard("loa_only", ["a", "b"]).tokens
    null = system.ldm.null_tokens_condition(2)
    assert torch.equal(tokens.embedding, null.embedding)
    assert sources.heard("predicted", ["a", "b"]).tokens.mask.sum(1).tolist() == [3, 1]


def test_a_caption_without_a_recording_is_refused_by_id(system, stored):
    with pytest.raises(ValueError, match="loa.scp has no LOA of 'c'"):
        StoredLOA(stored[0], system.loa_lm)["c"]
