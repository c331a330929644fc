"""LOA and text of the U-Net: pooling, null values, and the draws that drop them."""

import pytest
import torch

from espnet2.gen_audio.audiomae.loa import pool_patches
from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.diffusion.conditions import LatentConditions
from espnet2.gen_audio.diffusion.published_conditions import (
    conditions_arguments,
    specs_of,
)
from espnet2.gen_audio.encoder.caption_unit_encoder import TextUnitEncoder
from espnet2.gen_audio.feats.clip import ClipGeometry

MINI = ClipGeometry(seconds=2.56, downsample=8)  # 16 x 8 patches
NULL = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def conditions(text_encoder=None, null_tokens=NULL, tokens_dim=3, **options):
    """Return the conditions of a config with some of its keys changed."""
    config = {
        "unet_conf": {"loa_dim": 4, "tokens_dim": tokens_dim},
        "null_tokens": null_tokens,
        "conditions": options.pop("conditions", {}),
        "conditions_conf": {"loa_factor": 4, **options},
    }
    specs = specs_of(config, text_encoder)
    return LatentConditions(MINI, specs, text_encoder, **conditions_arguments(config))


def read(model, **batch):
    """Return the conditions that a model reads from a batch with LOA."""
    rows = max((len(each) for each in batch.values() if each is not None), default=1)
    return model.of_batch({"loa": torch.zeros(rows, 8, 4), **batch})


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
    model = conditions(tokens_dim=None)
    for loa in (patches, expected):
        assert torch.equal(model.of_batch({"loa": loa})["loa"].embedding, expected)
    with pytest.raises(ValueError, match="128 patches or 8 tokens"):
        model.of_batch({"loa": torch.randn(2, 32, 4)})


def lengths(model, count):
    """Return how many LOA tokens each of some batches has."""
    batch = {"loa": torch.zeros(1, 128, 4)}
    return [model.of_batch(batch)["loa"].mask.shape[1] for _ in range(count)]


def test_training_draws_every_factor_and_validation_one():
    model = conditions(tokens_dim=None, loa_factors=[2, 4])
    assert set(lengths(model, 50)) == {32, 8}
    assert set(lengths(model.eval(), 50)) == {8}


def test_the_drawn_factor_follows_the_seed():
    model = conditions(tokens_dim=None, loa_factors=[1, 2, 4])
    torch.manual_seed(5)
    first = lengths(model, 20)
    torch.manual_seed(5)
    assert lengths(model, 20) == first


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
    null = conditions().null(3)
    assert null["loa"].embedding.shape == (3, 8, 4)
    assert null["tokens"].embedding.shape == (3, 2, 3)


def test_with_a_text_encoder_the_null_text_is_the_encoded_empty_caption():
    torch.manual_seed(0)
    encoder = TextUnitEncoder(20, width=8, layers=1, heads=1)
    model = conditions(text_encoder=encoder, tokens_dim=8, null_tokens=None).eval()
    batch = {"caption": torch.tensor([[1]]), "caption_lengths": torch.tensor([1])}
    expected = read(model, **batch)["tokens"].embedding
    null = model.null(2)["tokens"]
    torch.testing.assert_close(null.embedding[1:], expected)
    assert not model.missing_nulls()


def test_a_model_without_text_ignores_text_and_needs_no_null_text():
    model = conditions(tokens_dim=None, null_tokens=None)
    assert read(model, tokens=torch.zeros(1, 2, 3)).keys() == {"loa"}
    assert model.null(2).keys() == {"loa"}
    loa_alone = {"loa": given(2)["loa"]}
    assert model.drop(loa_alone).keys() == {"loa"}


def test_missing_text_and_missing_null_text_are_refused():
    with pytest.raises(ValueError, match="needs data named 'tokens'"):
        read(conditions(), sentence=None)
    model = conditions(null_tokens=None)
    assert model.missing_nulls() == ["tokens"]
    with pytest.raises(ValueError, match="--null_tokens"):
        model.null(1)
    model.set_null("tokens", NULL)
    torch.testing.assert_close(model.null(1)["tokens"].embedding[0], torch.tensor(NULL))
    assert not model.missing_nulls()


def test_misfitting_factors_and_null_text_are_refused():
    with pytest.raises(ValueError, match="LOA factor 3"):
        conditions(loa_factors=[3])
    with pytest.raises(ValueError, match="does not fit .*width 3"):
        conditions(null_tokens=[[1.0, 2.0]])
    with pytest.raises(ValueError, match="does not fit .*width 3"):
        conditions().set_null("tokens", torch.ones(2, 2))


def test_conditions_that_are_given_are_not_read_and_unknown_ones_refused():
    model = conditions(tokens_dim=None)
    given = {"loa": Condition.from_lengths(torch.ones(1, 8, 4))}
    assert model.of_batch({}, given)["loa"] is given["loa"]
    with pytest.raises(ValueError, match="'melody'.*takes .'loa'"):
        model.of_batch({}, given | {"melody": given["loa"]})


def test_a_declared_condition_is_read_dropped_alone_and_has_its_null():
    melody = {
        "role": "cross_attention",
        "width": 2,
        "p_drop": 1.0,
        "null": [[5.0, 6.0]],
    }
    model = conditions(conditions={"melody": melody}, p_drop_all=0.0)
    states = torch.zeros(2, 4, 2)
    batch = read(model, tokens=torch.zeros(2, 1, 3), melody=states)
    assert list(batch) == ["loa", "tokens", "melody"]
    dropped = model.drop(batch)
    torch.testing.assert_close(
        dropped["melody"].embedding[:, 0], torch.tensor([[5.0, 6.0]] * 2)
    )
    assert dropped["tokens"] is batch["tokens"]


def test_a_condition_without_a_probability_of_its_own_draws_nothing():
    shared = {"role": "embedding", "width": 2, "p_drop": None}
    plain, more = conditions(), conditions(conditions={"speaker": shared})
    both = given(64)
    speaker = Condition.from_lengths(torch.ones(64, 1, 2))
    for model, extra in ((plain, {}), (more, {"speaker": speaker})):
        torch.manual_seed(3)
        model.drop(both | extra)
        after = torch.rand(())
        torch.manual_seed(3)
        for _ in range(3):  # together, LOA, text
            torch.rand(64)
        assert torch.equal(after, torch.rand(()))


def test_without_conditions_nothing_is_dropped():
    model = LatentConditions(MINI, ())
    assert model.drop({}) == {} == model.null(2)
