"""Plans: what needs the language model, and what is sampled together."""

import torch

from espnet2.gen_audio.pipeline.lengths import Frames
from espnet2.gen_audio.pipeline.plan import Plan

FRAMES = Frames(16, 16, (0,))


def test_a_sound_whose_loa_is_given_in_full_needs_no_language_model():
    loa = torch.zeros(1, 2, 3)
    assert not Plan(9, FRAMES, loa=loa, share=torch.ones(1, 2)).needs_language_model
    assert Plan(9, FRAMES, loa=loa, share=torch.tensor([[1, 0.5]])).needs_language_model
    assert Plan(9, FRAMES).needs_language_model


def test_equal_frames_without_given_latent_go_together_and_edits_do_not():
    known = torch.zeros(4, 16, 4)
    assert Plan(9, FRAMES).kind == Plan(10, FRAMES).kind
    assert Plan(9, FRAMES).kind != Plan(9, FRAMES, known=known).kind
    assert Plan(9, FRAMES).kind != Plan(9, Frames(8, 8, (0,))).kind
    half = Plan(9, FRAMES, known=known, strength=0.5)
    assert half.kind != Plan(9, FRAMES, known=known).kind
