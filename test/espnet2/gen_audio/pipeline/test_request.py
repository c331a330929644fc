"""Requests, their default task and plans: lengths, refusals, what goes together."""

from dataclasses import replace

import pytest
import torch

from espnet2.gen_audio.condition.spec import ConditionSpec, Role
from espnet2.gen_audio.pipeline.lengths import Frames
from espnet2.gen_audio.pipeline.request import (
    Candidate,
    Plan,
    Request,
    TextToAudio,
    refuse_conditions,
)

FRAMES = Frames(16, 16, (0,))


def test_a_request_is_for_text_to_audio_of_a_clip_with_the_seed_of_the_options():
    request = Request("a", "rain")
    assert request.task == TextToAudio() and request.loa is None
    assert request.seconds is None and request.seed is None


def test_words_of_the_given_sound_alone_are_refused():
    with pytest.raises(ValueError, match="'ab' was given without a transcript"):
        Request("a", "a man", source_transcript="ab")


def test_a_clip_is_planned_where_no_length_is_asked_for(system):
    plan = TextToAudio().plan(system, Request("a", "rain"))
    assert plan.samples == 10240 and plan.frames.count == 16 and plan.known is None


def test_an_empty_caption_is_refused_and_a_transcript_is_text(system):
    with pytest.raises(ValueError, match="a: the caption '  ' is empty"):
        TextToAudio().plan(system, Request("a", "  "))
    assert Request("a", "", transcript="hi").has_text
    assert not Request("a", "\u200b\ufeff").has_text


def test_a_speech_model_keeps_to_its_clip(system):
    specification = replace(system.specification, reads_phonemes=True)
    speaking = replace(system, specification=specification)
    TextToAudio().plan(speaking, Request("a", "x | h", 0.6))
    with pytest.raises(ValueError, match="split it into sentences"):
        TextToAudio().plan(speaking, Request("a", "x | h", 2.0))


def test_equal_frames_without_given_latent_go_together_and_edits_do_not():
    known = torch.zeros(4, 16, 4)
    key = Plan(9, FRAMES).batch_key
    assert key == Plan(10, FRAMES).batch_key
    assert key != Plan(9, FRAMES, known=known).batch_key
    assert key != Plan(9, Frames(8, 8, (0,))).batch_key
    half = Plan(9, FRAMES, known=known, strength=0.5)
    assert half.batch_key != Plan(9, FRAMES, known=known).batch_key


def test_without_an_edit_the_waveform_is_the_result():
    wave = torch.zeros(3)
    assert Plan(3, FRAMES).finish(wave) == Candidate(wave)


SPECS = (
    ConditionSpec("loudness", 1, (Role.CHANNELS,)),
    ConditionSpec("style", 3, (Role.EMBEDDING,)),
)


def test_conditions_that_fit_or_are_absent_are_accepted():
    refuse_conditions(SPECS, Request("a", "rain"))
    given = {"loudness": torch.ones(9, 1), "style": torch.ones(1, 3)}
    refuse_conditions(SPECS, Request("a", "rain", conditions=given))


@pytest.mark.parametrize(
    "given, message",
    [
        (
            {"tokens": torch.ones(2, 8)},
            "a: condition 'tokens' .* has loudness, style",
        ),
        ({"loudness": torch.ones(9)}, r"shape \(9,\) .* needs \(positions, 1\)"),
        ({"loudness": torch.ones(9, 2)}, r"shape \(9, 2\) .* needs \(positions, 1\)"),
        ({"loudness": torch.ones(0, 1)}, r"shape \(0, 1\) .* needs \(positions, 1\)"),
        ({"style": torch.ones(2, 3)}, r"shape \(2, 3\) .* needs \(1, 3\)"),
        ({"loudness": torch.tensor([[float("nan")]])}, "holds NaN or infinity"),
    ],
)
def test_conditions_that_the_models_cannot_take_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        refuse_conditions(SPECS, Request("a", "rain", conditions=given))
