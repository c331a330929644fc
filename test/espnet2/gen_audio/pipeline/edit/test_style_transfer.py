"""Style transfer: from the sound as it is to one that is all generated."""

import pytest

from espnet2.gen_audio.pipeline.edit.encode_source import latent_of
from espnet2.gen_audio.pipeline.edit.style_transfer import StyleTransfer
from espnet2.gen_audio.pipeline.encode import encode_all
from espnet2.gen_audio.pipeline.generate import generate
from espnet2.gen_audio.pipeline.lengths import frames_of
from espnet2.gen_audio.pipeline.options import preset_options
from espnet2.gen_audio.pipeline.predict_loa import predict_candidates
from espnet2.gen_audio.pipeline.request import Request
from espnet2.gen_audio.pipeline.sample import sample_all


def test_the_stronger_the_further_from_the_latent_of_the_source(editor, source):
    specification = editor.specification
    frames = frames_of(len(source), specification)
    _, given = latent_of(editor, source, 0, len(source), frames)
    options, far = preset_options("balanced", steps=10, guidance_scale=1.0), []
    for strength in (0.1, 0.4, 0.7, 1.0):
        request = Request("a", "drum", task=StyleTransfer(source, strength))
        encoded = encode_all(editor, [request], options)
        loas = predict_candidates(editor, encoded, 1)
        ((made,),) = sample_all(
            editor, encoded, loas, options, candidates=1, batch_size=1
        )
        made = made * specification.latent_scale
        far.append(float((made - given).abs().mean()))
    assert far == sorted(far)


def test_the_result_has_the_length_of_the_source(editor, source):
    request = Request("a", "drum", task=StyleTransfer(source, 0.5))
    ((_, sounds),) = generate(editor, [request], preset_options("fast", steps=2))
    assert len(sounds[0].wave) == len(source)


def test_a_caption_is_needed_and_the_strength_has_a_range(editor, source):
    with pytest.raises(ValueError, match="needs a caption"):
        StyleTransfer(source).plan(editor, Request("a", ""))
    with pytest.raises(ValueError, match="strength 0"):
        StyleTransfer(source, 0)
