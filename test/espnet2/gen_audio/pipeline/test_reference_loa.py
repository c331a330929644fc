"""Reference LOA: what conditions the diffusion model in each row of the table."""

import numpy as np
import pytest
import torch

from espnet2.gen_audio.compat import MatrixWriter
from espnet2.gen_audio.pipeline.loa_source import ZERO
from espnet2.gen_audio.pipeline.reference_loa import (
    SOURCES,
    ReferenceLOA,
    StoredLOA,
    other_ids,
)
from espnet2.gen_audio.pipeline.request import Request

CAPTIONS = {"a": "a dog barks", "b": "drum", "c": "a drum a dog"}


@pytest.fixture
def stored(tmp_path):
    """Patch features of two recordings, 8 patches of width 16 each."""
    rng = np.random.default_rng(0)
    matrices = {key: rng.standard_normal((8, 16)).astype("float32") for key in "ab"}
    with MatrixWriter(tmp_path / "loa.ark", tmp_path / "loa.scp") as writer:
        for key, matrix in matrices.items():
            writer[key] = matrix
    return str(tmp_path / "loa.scp"), matrices


@pytest.fixture
def references(system, stored):
    return ReferenceLOA(CAPTIONS, system.loa_lm.pool, stored[0], stored[0])


def source_of(references, row, utt_id="a"):
    return references.request(row, Request(utt_id, CAPTIONS[utt_id])).loa


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


def test_every_row_is_a_request_for_the_same_sound(references):
    request = Request("a", CAPTIONS["a"], 0.4, 7)
    for row in SOURCES:
        changed = references.request(row, request)
        for name in ("utt_id", "caption", "seconds", "seed", "task"):
            assert getattr(changed, name) == getattr(request, name), (row, name)
    assert references.request("predicted", request) is request
    assert references.request("untrained", request) is request


def test_the_true_loa_is_the_pooled_recording(references, stored):
    patches = torch.tensor(stored[1]["a"]).view(4, 2, 16)  # time x frequency
    # factor 2: two tokens, each over 2 x 2 patches
    blocks = patches.view(2, 2, 2, 16).flatten(1, 2)
    expected = (blocks.mean(1) + blocks.amax(1)) / 2
    true = source_of(references, "true")
    torch.testing.assert_close(true.given[0], expected)
    assert not true.is_predicted


def test_the_mean_is_that_of_the_pooled_recordings(references):
    both = torch.cat([source_of(references, "true", key).given for key in "ab"])
    mean = source_of(references, "mean", "c").given[0]
    torch.testing.assert_close(mean, both.mean(0))


def test_another_captions_loa_is_predicted_from_that_caption(references):
    other, source = references.others["a"], source_of(references, "other")
    assert other != "a"
    assert (source.caption, source.utt_id) == (CAPTIONS[other], other)


def test_zero_loa_is_the_null_loa(references):
    assert source_of(references, "zero") is ZERO


def test_without_text_the_loa_is_that_of_the_caption(references):
    request = references.request("loa_only", Request("a", "a dog"))
    assert request.unconditional == ("tokens",) and request.loa is None


def test_a_caption_without_a_recording_is_refused_by_id(system, stored):
    with pytest.raises(ValueError, match="loa.scp has no LOA of 'c'"):
        StoredLOA(stored[0], system.loa_lm.pool)["c"]
