"""Guided attention: what is rewarded, what is left alone, that it can be learned."""

import pytest
import torch

from espnet2.gen_audio.loa_lm.guided_attention import LEAST, GuidedAttention

TEXT, PHONEMES, TOKENS = 3, 10, 40  # columns before the text; its length; LOA
COLUMNS = TEXT + PHONEMES + 1 + TOKENS - 1  # a marker behind the text
LENGTHS = torch.tensor([PHONEMES, 5])


def attention_to(place, clips=2):
    """Return attention whose LOA rows look at one phoneme each: place(token) -> n."""
    attention = torch.zeros(clips, 4, COLUMNS, COLUMNS)
    for row in range(TOKENS - 1):
        attention[:, :, COLUMNS - (TOKENS - 1) + row, TEXT + place(row + 1)] = 1.0
    return attention


def loss(attention, lengths=LENGTHS[:1], speech_end=1.0, **options):
    clips = len(lengths)
    speech_end = torch.full((clips,), speech_end)
    return GuidedAttention(**options).loss(
        [attention[:clips]] * 2, TEXT, lengths, speech_end
    )


def even(token):
    """Return the phoneme of an even pace at a token; the end mark has no sound."""
    return int((token + 0.5) / TOKENS * (PHONEMES - 1))


def test_an_even_pace_costs_least():
    at_pace = loss(attention_to(even))
    assert 0.0 <= at_pace < 1.0
    assert at_pace < loss(attention_to(lambda token: even(token) // 2))
    assert loss(attention_to(lambda token: 9 - even(token))) > 2.0


def test_looking_away_from_the_text_costs_most():
    nothing = torch.zeros(2, 4, COLUMNS, COLUMNS)
    expected = -torch.tensor(LEAST).log()
    torch.testing.assert_close(loss(nothing), expected)


def test_what_comes_behind_the_speech_does_not_count():
    half = attention_to(lambda token: min(9, 2 * even(token)))
    nowhere = half.clone()
    nowhere[:, :, -TOKENS // 2 :] = 0.0  # rows of the second half
    torch.testing.assert_close(
        loss(half, speech_end=0.5), loss(nowhere, speech_end=0.5)
    )


def test_only_guided_heads_and_layers_count():
    good, bad = attention_to(even), torch.zeros(2, 4, COLUMNS, COLUMNS)
    mixed = torch.cat([good[:, :2], bad[:, 2:]], dim=1)
    torch.testing.assert_close(loss(mixed), loss(good))
    guided, one = GuidedAttention(layers=1), torch.ones(1)
    found = guided.loss([good[:1], bad[:1]], TEXT, LENGTHS[:1], one)
    torch.testing.assert_close(found, loss(good))


def test_pads_of_a_shorter_text_are_not_near_anything():
    in_pads = attention_to(lambda token: 7)
    short = GuidedAttention().loss([in_pads[1:]] * 2, TEXT, LENGTHS, torch.ones(2))
    assert short > loss(in_pads)  # phoneme 7 exists in the long text alone


def test_a_batch_without_speech_costs_nothing():
    assert loss(attention_to(even), speech_end=1e-6).item() == pytest.approx(0.0)


def test_a_head_learns_to_go_through_the_text():
    logits = torch.zeros(1, 4, COLUMNS, COLUMNS, requires_grad=True)
    optimiser = torch.optim.Adam([logits], lr=0.3)
    for _ in range(60):
        optimiser.zero_grad()
        loss(logits.softmax(dim=3)).backward()
        optimiser.step()
    rows = logits[0, 0, -(TOKENS - 1) :, TEXT : TEXT + PHONEMES].argmax(dim=1)
    apart = rows - torch.tensor([even(token) for token in range(1, TOKENS)])
    assert apart.abs().max() <= 1


def test_a_clip_that_says_nothing_adds_nothing():
    good, bad = attention_to(even), torch.zeros(2, 4, COLUMNS, COLUMNS)
    mixed = torch.cat([good[:1], bad[:1]])
    both = loss(mixed, torch.tensor([PHONEMES, 1]))
    torch.testing.assert_close(both, loss(good))
    silent = loss(mixed[1:].repeat(2, 1, 1, 1), torch.tensor([1, 1]))
    assert silent == 0.0
