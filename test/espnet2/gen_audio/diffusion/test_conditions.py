"""LOA and text of the U-Net: pooling, null values, and the draws that drop them."""

import pytest
import torch

from espnet2.gen_audio.audiomae.loa import pool_patches
from espnet2.gen_audio.conditioner.condition import Condition
from espnet2.gen_audio.conditioner.text_units import TextUnitEncoder
from espnet2.gen_audio.diffusion.conditions import LatentConditions
from espnet2.gen_audio.feats.clip import ClipGeometry

MINI = ClipGeometry(seconds=2.56, downsample=8)  # 16 x 8 patches
NULL = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def conditions(**options):
    sizes = {"loa_dim": 4, "tokens_dim": 3, "loa_factor": 4, "null_tokens": NULL}
    return LatentConditions(MINI, **{**sizes, **options})


def given(batch=4000):
    """Return conditions that are 9 everywhere, 8 LOA tokens and 3 of text."""
    shapes = {"loa": (batch, 8, 4), "tokens": (batch, 3, 3)}
    return {
        name: Condition.from_lengths(torch.full(shape, 9.0))
        for name, shape in shapes.items()
    }


def test_patches_are_pooled_and_pooled_tokens_taken_as_they_are():
    patches = torch.randn(2, 128, 4)
    expected = pool_patches(patches, (16, 8), (4, 4))
    for given in (patches, expected):
        assert torch.equal(conditions().pool(given, 4).embedding, expected)
    with pytest.raises(ValueError, match="128 patches or 8 tokens"):
        conditions().pool(torch.randn(2, 32, 4), 4)


def test_training_draws_every_factor_and_validation_one():
    model = conditions(loa_factors=[2, 4])
    assert {model.draw_factor() for _ in range(50)} == {2, 4}
    assert {model.eval().draw_factor() for _ in range(50)} == {4}


def test_the_drawn_factor_follows_the_seed():
    model = conditions(loa_factors=[1, 2, 4])
    torch.manual_seed(5)
    first = [model.draw_factor() for _ in range(20)]
    torch.manual_seed(5)
    assert [model.draw_factor() for _ in range(20)] == first


def test_each_condition_is_dropped_alone_and_both_are_dropped_together():
    torch.manual_seed(0)
    model = conditions(p_drop_all=0.2, p_drop_loa=0.3, p_drop_tokens=0.4)
    dropped = model.drop(given())
    has_loa = dropped["loa"].embedding[:, 0, 0] == 9
    has_text = dropped["tokens"].embedding[:, 0, 0] == 9
    shares = {
        (True, True): 0.8 * 0.7 * 0.6,
        (True, False): 0.8 * 0.7 * 0.4,
        (False, True): 0.8 * 0.3 * 0.6,
        (False, False): 0.2 + 0.8 * 0.3 * 0.4,
    }
    for (wanted_loa, wanted_text), share in shares.items():
        found = ((has_loa == wanted_loa) & (has_text == wanted_text)).float().mean()
        assert found.item() == pytest.approx(share, abs=0.03)


def test_dropped_rows_hold_the_null_conditions():
    model = conditions(p_drop_all=1.0)
    dropped = model.drop(given(2))
    loa, tokens = dropped["loa"], dropped["tokens"]
    assert not loa.embedding.any()
    assert loa.mask.all()
    torch.testing.assert_close(tokens.embedding[1, :2], torch.tensor(NULL))
    assert tokens.mask.tolist() == [[True, True, False]] * 2


def test_one_draw_a_batch_drops_all_clips_or_none():
    torch.manual_seed(0)
    model = conditions(p_drop_all=0.5, cfg_per_batch=True)
    dropped = [
        (model.drop(given(8))["loa"].embedding[:, 0, 0] == 0).sum().item()
        for _ in range(40)
    ]
    assert set(dropped) == {0, 8}


def test_null_conditions_have_the_length_of_generation():
    model = conditions()
    assert model.null_loa(3).embedding.shape == (3, 8, 4)
    assert model.null_tokens(3).embedding.shape == (3, 2, 3)


def test_with_a_text_encoder_the_null_text_is_the_encoded_empty_caption():
    torch.manual_seed(0)
    encoder = TextUnitEncoder(20, width=8, layers=1, heads=1)
    model = conditions(text_encoder=encoder, tokens_dim=8, null_tokens=None).eval()
    batch = {"caption": torch.tensor([[1]]), "caption_lengths": torch.tensor([1])}
    expected = model.tokens_of(batch).embedding
    torch.testing.assert_close(model.null_tokens(2).embedding[1:], expected)


def test_a_model_without_text_ignores_text_and_needs_no_null_text():
    model = conditions(tokens_dim=None, null_tokens=None)
    assert model.tokens_of({"tokens": torch.zeros(1, 2, 3)}) is None
    assert model.null_tokens(2) is None
    loa_alone = {"loa": given(2)["loa"]}
    assert model.drop(loa_alone).keys() == {"loa"}


def test_missing_text_and_missing_null_text_are_refused():
    with pytest.raises(ValueError, match="needs 'tokens'"):
        conditions().tokens_of({"sentence": None})
    with pytest.raises(ValueError, match="--null_tokens"):
        conditions(null_tokens=None).null_tokens(1)


def test_misfitting_factors_and_null_text_are_refused():
    with pytest.raises(ValueError, match="LOA factor 3"):
        conditions(loa_factors=[3])
    with pytest.raises(ValueError, match="do not fit the model's width 3"):
        conditions(null_tokens=[[1.0, 2.0]])
