"""The trainable text encoder: batch mates, order, cutting, and its options."""

import pytest
import torch

from espnet2.gen_audio.encoder.caption_unit_encoder import TextUnitEncoder
from espnet2.gen_audio.encoder.choices import build_text_encoder
from espnet2.gen_audio.text.caption_units import TextUnits, train_units


@pytest.fixture(scope="module")
def encoder():
    torch.manual_seed(0)
    return TextUnitEncoder(20, width=16, layers=2, heads=2, max_positions=6).eval()


def test_a_caption_does_not_depend_on_its_batch_mates_or_pads(encoder):
    alone = encoder(torch.tensor([[5, 1]]), torch.tensor([2]))
    mates = encoder(torch.tensor([[5, 1, 9, 9], [2, 3, 4, 1]]), torch.tensor([2, 4]))
    torch.testing.assert_close(mates.embedding[0, :2], alone.embedding[0])
    assert mates.embedding[0, 2:].abs().sum() == 0
    assert mates.lengths.tolist() == [2, 4]


def test_the_order_of_units_matters(encoder):
    lengths = torch.tensor([3])
    one = encoder(torch.tensor([[2, 3, 1]]), lengths).embedding
    two = encoder(torch.tensor([[3, 2, 1]]), lengths).embedding
    assert (one[0, 2] - two[0, 2]).abs().max() > 1e-3


def test_captions_longer_than_the_table_are_cut(encoder):
    given = encoder(torch.ones(1, 9, dtype=torch.long), torch.tensor([9]))
    assert given.embedding.shape == (1, 6, 16) and given.mask.all()


def test_every_weight_that_a_caption_touches_gets_a_gradient(encoder):
    ids = torch.arange(6)[None]
    encoder(ids, torch.tensor([6])).embedding.square().sum().backward()
    assert all(p.grad is not None for p in encoder.parameters())
    assert encoder.units.weight.grad[:6].abs().sum(dim=1).min() > 0


def test_units_of_another_model_are_refused(encoder):
    with pytest.raises(ValueError, match="unit 20"):
        encoder(torch.tensor([[20]]), torch.tensor([1]))


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ValueError, match="heads=3"):
        TextUnitEncoder(20, width=16, heads=3)


def test_the_option_none_builds_nothing():
    assert build_text_encoder({}) is None
    assert build_text_encoder({"text_encoder": "none"}) is None


def test_the_option_units_builds_an_encoder_of_their_number():
    units = TextUnits(train_units(["a dog barks", "rain"], 40))
    conf = {"width": 8, "heads": 2, "layers": 1}
    config = {"text_encoder": "units", "units_model": units.to_text()}
    built = build_text_encoder({**config, "text_encoder_conf": conf})
    assert (built.vocabulary, built.width) == (len(units), 8)


@pytest.mark.parametrize(
    "config, message",
    [({"text_encoder": "t5"}, "'t5'"), ({"text_encoder": "units"}, "--units_model")],
)
def test_impossible_options_are_refused(config, message):
    with pytest.raises(ValueError, match=message):
        build_text_encoder(config)
