"""Requests: what is asked for where nothing is said."""

from espnet2.gen_audio.pipeline.editing.text_to_audio import TextToAudio
from espnet2.gen_audio.pipeline.request import Request


def test_a_request_is_for_text_to_audio_of_a_clip_with_the_seed_of_the_options():
    request = Request("a", "rain")
    assert request.task == TextToAudio()
    assert request.seconds is None and request.seed is None
