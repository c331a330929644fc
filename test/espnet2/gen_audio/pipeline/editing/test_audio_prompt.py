"""Audio prompts: whose LOA is heard."""

import pytest
import torch

from espnet2.gen_audio.pipeline.decoding import loa_of
from espnet2.gen_audio.pipeline.editing.audio_prompt import AudioPrompt
from espnet2.gen_audio.pipeline.engine import _Order, _roll_out
from espnet2.gen_audio.pipeline.request import Request


def heard(editor, source, strength):
    request = Request("a", "drum", task=AudioPrompt(source, strength))
    plan = request.task.plan(editor, request)
    batch = editor.conditions(["drum"])
    order = _Order(request, plan, 0, batch)
    _roll_out(editor, [order])
    return order.loa[0]


def test_the_strength_is_the_share_of_the_given_sound(editor, source):
    given, caption = loa_of(editor, source, 0), None
    caption = editor.predict_loa(editor.conditions(["drum"]))[0]
    torch.testing.assert_close(heard(editor, source, 1.0), given)
    for strength in (0.25, 0.75):
        wanted = strength * given + (1 - strength) * caption
        torch.testing.assert_close(heard(editor, source, strength), wanted)


def test_the_caption_may_be_empty_and_the_length_is_free(editor, source):
    request = Request("a", "", 1.0, task=AudioPrompt(source))
    assert request.task.plan(editor, request).samples == 16000


def test_strengths_out_of_range_and_systems_without_audiomae_are_refused(
    system, source
):
    for strength in (0.0, 1.5, float("nan")):
        with pytest.raises(ValueError, match="strength"):
            AudioPrompt(source, strength)
    with pytest.raises(ValueError, match="an AudioMAE, which this system lacks"):
        AudioPrompt(source).plan(system, Request("a", "x"))
