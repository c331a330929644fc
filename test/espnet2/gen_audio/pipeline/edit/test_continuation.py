"""Continuation: the recording stays, its LOA is the prefix."""

from dataclasses import replace

import pytest
import torch

from espnet2.gen_audio.pipeline.edit.continuation import Continuation
from espnet2.gen_audio.pipeline.edit.encode_source import loa_of
from espnet2.gen_audio.pipeline.edit.source import Source
from espnet2.gen_audio.pipeline.encode import encode_all, encode_captions
from espnet2.gen_audio.pipeline.generate import generate
from espnet2.gen_audio.pipeline.options import preset_options
from espnet2.gen_audio.pipeline.predict_loa import predict_all, predict_loa
from espnet2.gen_audio.pipeline.request import Request

QUICK = preset_options("fast", steps=3)


def encoded_of(editor, source, seconds=None, **options):
    request = Request("a", "drum", seconds, task=Continuation(source, **options))
    (encoded,) = encode_all(editor, [request], QUICK)
    return encoded


@pytest.mark.parametrize("seconds", [None, 0.5, 2.0])
@pytest.mark.parametrize("keep_latent", [True, False])
def test_the_recording_stays_to_the_bit_up_to_the_fade(
    editor, source, seconds, keep_latent
):
    task = Continuation(source, keep_latent, 0.02)
    request = Request("a", "drum", seconds, task=task)
    ((_, sounds),) = generate(editor, [request], QUICK)
    wave = sounds[0].wave
    new = 5120 if seconds is None else round(seconds * 16000)
    assert len(wave) == len(source) + new
    assert torch.equal(wave[: len(source) - 320], source.wave[:-320])
    assert wave[len(source) :].abs().max() > 0
    assert sounds[0].seams == (len(source),)


def test_given_tokens_are_the_prefix_that_the_rest_is_predicted_from(editor, source):
    (made,) = predict_all(editor, [encoded_of(editor, source)])
    start = len(source) - 5120  # half a clip
    given = loa_of(editor, source, start, mirrored=True)[:1]
    assert torch.equal(made[0, :1], given)
    batch = encode_captions(editor, ["drum"])
    wanted = predict_loa(editor, batch, given[None])[0]
    torch.testing.assert_close(made[0], wanted)
    assert not torch.allclose(wanted, predict_loa(editor, batch)[0])


def test_a_sound_is_mirrored_behind_its_end_and_speech_is_followed_by_silence(
    editor, source
):
    start = len(source) - 5120
    given = encoded_of(editor, source).plan.loa.given[0]
    assert torch.equal(given, loa_of(editor, source, start, mirrored=True))
    specification = replace(editor.specification, reads_phonemes=True)
    speaking = replace(editor, specification=specification)
    plan = Continuation(source).plan(speaking, Request("a", "drum | D R AH1 M"))
    assert torch.equal(plan.loa.given[0], loa_of(editor, source, start))


def test_every_further_window_continues_the_one_before(editor, source):
    encoded = encoded_of(editor, source, 2.0)
    (made,) = predict_all(editor, [encoded])
    assert len(made) == len(encoded.plan.frames.starts) > 2
    for before, after in zip(made, made[1:]):
        assert torch.equal(after[:1], before[1:])


def test_latent_frames_of_the_recording_stay_and_new_ones_do_not(editor, source):
    plan = encoded_of(editor, source).plan
    keep = plan.keep[:, 0].tolist()
    along_the_fade = keep[2:8]
    assert keep[:2] == [1.0] * 2 and keep[8:] == [0.0] * 8
    assert along_the_fade == sorted(set(along_the_fade), reverse=True)
    assert not encoded_of(editor, source, keep_latent=False).plan.keep.any()


def test_without_an_audiomae_the_caption_alone_is_the_condition(system, source):
    request = Request("a", "drum", task=Continuation(source))
    ((_, sounds),) = generate(system, [request], QUICK)
    assert torch.equal(sounds[0].wave[:11200], source.wave[:11200])


def test_a_sound_of_a_few_samples_is_refused(editor):
    short = Source(torch.ones(100), 16000)
    with pytest.raises(ValueError, match="too short to continue"):
        Continuation(short).plan(editor, Request("a", "x"))
