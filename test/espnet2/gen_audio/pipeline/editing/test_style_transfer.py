"""Style transfer: from the sound as it is to one made anew."""

import pytest

from espnet2.gen_audio.pipeline.editing.style_transfer import StyleTransfer
from espnet2.gen_audio.pipeline.options import sampler
from espnet2.gen_audio.pipeline.request import Request


def test_the_stronger_the_further_from_the_latent_of_the_source(
    editor, source, monkeypatch
):
    from espnet2.gen_audio.pipeline.decoding import latent_of
    from espnet2.gen_audio.pipeline.lengths import frames_of

    frames = frames_of(len(source), editor.facts.geometry, editor.facts.multiple)
    _, given = latent_of(editor, source, 0, len(source), frames)
    kept = {}

    def keep(system, latent, frames=None):
        kept["latent"] = latent[0] * editor.facts.latent_scale
        return original(system, latent, frames)

    from espnet2.gen_audio.pipeline import text2audio

    original = text2audio.to_waveform
    monkeypatch.setattr(text2audio, "to_waveform", keep)
    far = []
    for strength in (0.1, 0.4, 0.7, 1.0):
        task = StyleTransfer(source, strength)
        options = sampler("balanced", steps=10, guidance_scale=1.0)
        list(editor.make([Request("a", "drum", task=task)], options))
        far.append(float((kept["latent"] - given).abs().mean()))
    assert far == sorted(far)


def test_the_result_has_the_length_of_the_source(editor, source):
    request = Request("a", "drum", task=StyleTransfer(source, 0.5))
    ((_, sounds),) = editor.make([request], sampler("fast", steps=2))
    assert len(sounds[0].wave) == len(source)


def test_a_caption_is_needed_and_the_strength_has_a_range(editor, source):
    with pytest.raises(ValueError, match="needs a caption"):
        StyleTransfer(source).plan(editor, Request("a", ""))
    with pytest.raises(ValueError, match="strength 0"):
        StyleTransfer(source, 0)
