"""Where conditions, markers and LOA stand, and how they are numbered."""

import pytest
import torch

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.loa_lm.sequence import ConditionSequence, strip_pads

WIDTH = 4


def conditions(lengths, longest=3):
    batch = len(lengths)
    return {
        "sentence": Condition.from_lengths(torch.randn(batch, 1, 2)),
        "tokens": Condition.from_lengths(
            torch.randn(batch, longest, 3), torch.tensor(lengths)
        ),
    }


def sequence_of(padding="strip", loa_start=None, **lengths):
    torch.manual_seed(0)
    dims = {"sentence": 2, "tokens": 3}
    return ConditionSequence(WIDTH, dims, padding, loa_start, lengths or None)


def test_every_condition_stands_between_its_own_markers():
    model, given = sequence_of(), conditions([3])
    row = model(given).conditions.embedding[0]
    expected = [
        model.start_markers.weight[0],
        model.projections["sentence"](given["sentence"].embedding[0, 0]),
        model.end_markers.weight[0],
        model.start_markers.weight[1],
        *model.projections["tokens"](given["tokens"].embedding[0]),
        model.end_markers.weight[1],
    ]
    torch.testing.assert_close(row, torch.stack(expected))


def test_stripped_pads_stand_behind_the_last_marker_and_are_not_counted():
    layout = sequence_of()(conditions([3, 1]))
    assert layout.conditions.mask.tolist() == [[1] * 8, [1] * 6 + [0] * 2]
    assert layout.last_marker.tolist() == [7, 5]
    assert layout.position_ids(2)[:, 8:].tolist() == [[8, 9], [6, 7]]
    assert layout.attention_mask(2)[1].tolist() == [1] * 6 + [0, 0] + [1, 1]


def test_loa_may_start_at_one_position_whatever_the_length_of_the_text():
    layout = sequence_of(loa_start=10)(conditions([3, 1]))
    assert layout.position_ids(2)[:, 8:].tolist() == [[10, 11]] * 2
    assert layout.first_loa_position == 10
    assert sequence_of()(conditions([3, 1])).first_loa_position == 8


def test_a_text_that_reaches_into_the_place_of_the_loa_is_refused():
    assert sequence_of(loa_start=8)(conditions([3])).last_marker.tolist() == [7]
    with pytest.raises(ValueError, match="take 8 positions.*loa_start is 7"):
        sequence_of(loa_start=7)(conditions([3]))


@pytest.mark.parametrize("padding", ["strip", "official"])
def test_a_condition_may_always_fill_as_many_positions(padding):
    layout = sequence_of(padding, tokens=9)(conditions([3, 1]))
    for row, length in enumerate([3, 1]):
        counts = layout.conditions.mask[row]
        positions = layout.condition_positions[row][counts].tolist()
        # markers and sentence, the text, the last marker behind nine positions
        assert positions == [0, 1, 2, 3, *range(4, 4 + length), 13]
    assert layout.position_ids(2)[:, -2:].tolist() == [[14, 15]] * 2
    assert layout.first_loa_position == 14
    assert layout.condition_positions.gather(
        1, layout.last_marker[:, None]
    ).tolist() == [[13], [13]]


@pytest.mark.parametrize("padding", ["strip", "official"])
def test_pads_of_a_batch_beyond_the_length_are_not_numbered(padding):
    layout = sequence_of(padding, tokens=2)(conditions([2, 1], longest=5))
    assert layout.first_loa_position == 7
    assert int(layout.condition_positions.max()) == 6


def test_a_length_that_fits_no_condition_is_refused():
    with pytest.raises(ValueError, match="has caption: 9; give one of .* sentence, to"):
        sequence_of(caption=9)
    with pytest.raises(ValueError, match="has tokens: 0"):
        sequence_of(tokens=0)
    with pytest.raises(ValueError, match="tokens has 3 vectors, .* says 2"):
        sequence_of(tokens=2)(conditions([3]))
    with pytest.raises(ValueError, match="take 14 positions.*loa_start is 13"):
        sequence_of(loa_start=13, tokens=9)(conditions([1]))


def test_columns_that_are_pads_for_all_clips_vanish():
    layout = sequence_of()(conditions([1, 2], longest=9))
    assert layout.conditions.embedding.shape == (2, 7, WIDTH)


def test_official_padding_stays_inside_and_is_counted():
    layout = sequence_of("official")(conditions([3, 1]))
    assert layout.conditions.mask.tolist() == [[1] * 8, [1] * 5 + [0] * 2 + [1]]
    assert layout.last_marker.tolist() == [7, 7]
    assert layout.position_ids(2).tolist() == [list(range(10))] * 2


def test_both_paddings_agree_where_there_is_no_pad():
    given = conditions([3, 3])
    strip, official = sequence_of()(given), sequence_of("official")(given)
    torch.testing.assert_close(
        strip.conditions.embedding, official.conditions.embedding
    )
    assert torch.equal(strip.position_ids(4), official.position_ids(4))


def test_stripping_keeps_the_order_of_what_counts():
    mask = torch.tensor([[1, 0, 1, 0, 1], [0, 0, 0, 1, 1]]).bool()
    embedding = torch.arange(10.0).view(2, 5, 1)
    stripped = strip_pads(Condition(embedding, mask))
    assert stripped.embedding.squeeze(2).tolist() == [[0, 2, 4], [8, 9, 0]]
    assert stripped.lengths.tolist() == [3, 2]


def test_the_marker_tables_have_the_published_size():
    model = sequence_of()
    assert model.start_markers.weight.shape == (32, WIDTH)
    assert model.end_markers.weight.shape == (32, WIDTH)


def test_conditions_that_do_not_fit_are_refused():
    model, given = sequence_of(), conditions([2])
    with pytest.raises(ValueError, match="sentence.*takes"):
        model({"sentence": given["sentence"]})
    with pytest.raises(ValueError, match="phonemes"):
        model({**given, "phonemes": given["tokens"]})
    with pytest.raises(ValueError, match="tokens has width 2"):
        model({**given, "tokens": given["sentence"]})


def test_unknown_padding_and_too_many_conditions_are_refused():
    with pytest.raises(ValueError, match="'left'"):
        ConditionSequence(WIDTH, {"tokens": 3}, padding="left")
    with pytest.raises(ValueError, match="33"):
        ConditionSequence(WIDTH, {str(n): 1 for n in range(33)})


def test_the_last_condition_begins_where_its_first_vector_stands():
    sequence = ConditionSequence(4, {"sentence": 3, "tokens": 5})
    states = torch.randn(2, 6, 5, generator=torch.Generator().manual_seed(1))
    given = {
        "sentence": Condition.from_lengths(torch.ones(2, 2, 3)),
        "tokens": Condition.from_lengths(states, torch.tensor([6, 4])),
    }
    start = sequence.start_of_last(given)
    found = sequence(given).conditions.embedding[:, start]
    expected = sequence.projections["tokens"](states[:, 0])
    torch.testing.assert_close(found, expected)


def test_a_last_condition_behind_pads_has_no_one_beginning():
    sequence = ConditionSequence(4, {"tokens": 5, "sentence": 3})
    given = {
        "tokens": Condition.from_lengths(torch.ones(2, 6, 5), torch.tensor([6, 4])),
        "sentence": Condition.from_lengths(torch.ones(2, 1, 3)),
    }
    with pytest.raises(ValueError, match="sentence begins at different columns"):
        sequence.start_of_last(given)
