"""Continuation: the recording stays, its LOA is the prefix."""

import copy
import dataclasses

import pytest
import torch

from espnet2.gen_audio.pipeline.decoding import loa_of
from espnet2.gen_audio.pipeline.editing.continuation import Continuation
from espnet2.gen_audio.pipeline.engine import _Order, _roll_out
from espnet2.gen_audio.pipeline.options import sampler
from espnet2.gen_audio.pipeline.request import Request
from espnet2.gen_audio.pipeline.source import Source

QUICK = sampler("fast", steps=3)


def order_of(editor, source, seconds=None, **options):
    request = Request("a", "drum", seconds, task=Continuation(source, **options))
    plan = request.task.plan(editor, request)
    order = _Order(request, plan, 0, editor.conditions(["drum"]))
    _roll_out(editor, [order])
    return order


@pytest.mark.parametrize("seconds", [None, 0.5, 2.0])
@pytest.mark.parametrize("keep_latent", [True, False])
def test_the_recording_stays_to_the_bit_up_to_the_fade(
    editor, source, seconds, keep_latent
):
    task = Continuation(source, keep_latent, 0.02)
    ((_, sounds),) = editor.make([Request("a", "drum", seconds, task=task)], QUICK)
    wave = sounds[0].wave
    new = 5120 if seconds is None else round(seconds * 16000)
    assert len(wave) == len(source) + new
    assert torch.equal(wave[: len(source) - 320], source.wave[:-320])
    assert wave[len(source) :].abs().max() > 0
    assert sounds[0].seams == (len(source),)


def test_given_tokens_are_the_prefix_and_the_rest_is_rolled_out_from_it(editor, source):
    order = order_of(editor, source)
    start = len(source) - 5120  # half a clip
    given = loa_of(editor, source, start, goes_on=True)[:1]
    assert torch.equal(order.loa[0, :1], given)
    batch = editor.conditions(["drum"])
    wanted = editor.predict_loa(batch, given[None])[0]
    torch.testing.assert_close(order.loa[0], wanted)
    assert not torch.allclose(wanted, editor.predict_loa(batch)[0])


def test_a_sound_is_heard_as_one_that_goes_on_and_speech_as_its_transcript_says(
    editor, source
):
    start = len(source) - 5120
    heard = order_of(editor, source).plan.loa[0]
    assert torch.equal(heard, loa_of(editor, source, start, goes_on=True))
    speaking = copy.copy(editor)
    speaking.facts = dataclasses.replace(editor.facts, speaks=True)
    plan = Continuation(source).plan(speaking, Request("a", "drum"))
    assert torch.equal(plan.loa[0], loa_of(editor, source, start))


def test_every_further_window_goes_on_from_the_one_before(editor, source):
    order = order_of(editor, source, 2.0)
    assert len(order.loa) == len(order.plan.frames.starts) > 2
    for before, after in zip(order.loa, order.loa[1:]):
        assert torch.equal(after[:1], before[1:])


def test_latent_frames_of_the_recording_stay_and_new_ones_do_not(editor, source):
    plan = order_of(editor, source).plan
    keep = plan.keep[:, 0].tolist()
    along_the_fade = keep[2:8]
    assert keep[:2] == [1.0] * 2 and keep[8:] == [0.0] * 8
    assert along_the_fade == sorted(set(along_the_fade), reverse=True)
    assert not order_of(editor, source, keep_latent=False).plan.keep.any()


def test_without_an_audiomae_the_caption_alone_leads(system, source):
    request = Request("a", "drum", task=Continuation(source))
    ((_, sounds),) = system.make([request], QUICK)
    assert torch.equal(sounds[0].wave[:11200], source.wave[:11200])


def test_a_sound_of_a_few_samples_is_refused(editor):
    short = Source(torch.ones(100), 16000)
    with pytest.raises(ValueError, match="too short to go on from"):
        Continuation(short).plan(editor, Request("a", "x"))
