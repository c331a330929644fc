"""Audio prompts: the LOA of the given sound conditions the new one."""

import pytest
import torch

from espnet2.gen_audio.pipeline.edit.audio_prompt import AudioPrompt
from espnet2.gen_audio.pipeline.edit.encode_source import loa_of
from espnet2.gen_audio.pipeline.encode import encode_all, encode_captions
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.predict_loa import predict_all, predict_loa
from espnet2.gen_audio.pipeline.request import Request


def loa_with(editor, source, strength):
    request = Request("a", "drum", task=AudioPrompt(source, strength))
    encoded = encode_all(editor, [request], SamplingOptions())
    return predict_all(editor, encoded)[0][0]


def test_the_strength_is_the_blend_weight_of_the_given_sound(editor, source):
    given = loa_of(editor, source, 0)
    predicted = predict_loa(editor, encode_captions(editor, ["drum"]))[0]
    torch.testing.assert_close(loa_with(editor, source, 1.0), given)
    for strength in (0.25, 0.75):
        wanted = strength * given + (1 - strength) * predicted
        torch.testing.assert_close(loa_with(editor, source, strength), wanted)


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
