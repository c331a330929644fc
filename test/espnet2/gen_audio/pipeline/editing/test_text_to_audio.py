"""Text to audio: lengths and refusals."""

import dataclasses

import pytest

from espnet2.gen_audio.pipeline.editing.text_to_audio import TextToAudio
from espnet2.gen_audio.pipeline.request import Request


def test_a_clip_is_made_where_no_length_is_asked_for(system):
    plan = TextToAudio().plan(system, Request("a", "rain"))
    assert plan.samples == 10240 and plan.frames.count == 16 and plan.known is None


def test_an_empty_caption_is_refused(system):
    with pytest.raises(ValueError, match="a: the caption is empty"):
        TextToAudio().plan(system, Request("a", "  "))


def test_a_model_that_speaks_keeps_to_its_clip(system, monkeypatch):
    monkeypatch.setattr(system, "facts", dataclasses.replace(system.facts, speaks=True))
    TextToAudio().plan(system, Request("a", "x | h", 0.6))
    with pytest.raises(ValueError, match="cut it into sentences"):
        TextToAudio().plan(system, Request("a", "x | h", 2.0))
