"""Candidates are scored by cosine with their caption, nothing else."""

import pytest
import torch

from espnet2.gen_audio.condition.condition import Condition
from espnet2.gen_audio.pipeline.ranking import ClapRanking
from espnet2.gen_audio.seeding import generator_of


class Clap:
    """Texts point along the axis of their length, sounds where their samples say."""

    loaded = 0

    def __init__(self):
        Clap.loaded += 1

    def text(self, captions):
        rows = torch.eye(4)[[min(len(caption), 3) for caption in captions]]
        return Condition.from_lengths(rows[:, None])

    def audio(self, waves, rate):
        return Condition.from_lengths(waves[:, None, :4].float())


WAVES = torch.tensor([[0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 2.0, 0.0], [1.0, 0.0, 0.0, 0.0]])


def test_the_score_is_the_cosine_with_the_caption():
    scores = ClapRanking(Clap)("id", "ab", WAVES, 16000)
    assert scores == pytest.approx([0.0, 1.0, 0.0])
    assert ClapRanking(Clap)("id", "a", WAVES, 16000)[0] == pytest.approx(0.5**0.5)


def test_the_encoder_is_loaded_when_it_is_first_needed_and_once():
    Clap.loaded = 0
    ranking = ClapRanking(Clap)
    assert Clap.loaded == 0
    for _ in range(2):
        ranking("id", "ab", WAVES, 16000)
    assert Clap.loaded == 1


def test_replaced_vectors_are_those_of_the_empty_caption_drawn_by_id():
    always = ClapRanking(Clap, replaced=1.0)("id", "ab", WAVES, 16000)
    assert always == pytest.approx([1.0, 1.0, 1.0])
    often = ClapRanking(Clap, replaced=0.5)
    drawn = {tuple(often(f"id{n}", "ab", WAVES, 16000)) for n in range(20)}
    assert len(drawn) > 1
    assert often("id", "ab", WAVES, 1) == often("id", "ab", WAVES, 1)
    seeded = {tuple(often("id", "ab", WAVES, 16000, seed)) for seed in range(20)}
    assert len(seeded) > 1


def test_text_and_sound_of_each_candidate_are_replaced_apart():
    """Of equal sounds the score tells what was replaced; all four cases occur."""
    waves = torch.tensor([[0.0, 1.0, 0.0, 0.0]]).expand(64, -1)
    scores = ClapRanking(Clap, replaced=0.5)("id", "ab", waves, 16000)
    # sound 'a', text 'ab', empty: axes 1, 2, 0; only both replaced are alike
    both = [score for score in scores if score > 0.5]
    assert 4 < len(both) < 32
    waves = torch.tensor([[0.0, 0.0, 1.0, 0.0]]).expand(64, -1)
    scores = ClapRanking(Clap, replaced=0.5)("id", "ab", waves, 16000)
    # alike where neither or both are replaced; one draw for the text of all would
    # leave one of them, so that as many are alike as sounds are not replaced
    drawn = torch.rand(2, 64, 1, generator=generator_of(0, "id\nranking")) < 0.5
    alike = (drawn[0] == drawn[1])[:, 0]
    assert [score > 0.5 for score in scores] == alike.tolist()
    assert drawn[0].any() and not drawn[0].all()
