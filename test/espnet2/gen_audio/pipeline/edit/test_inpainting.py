"""Inpainting: what is kept to the sample, and what is made."""

import pytest
import torch

from espnet2.gen_audio.pipeline.edit.inpainting import (
    Inpainting,
    keep_outside,
    spans_in_samples,
)
from espnet2.gen_audio.pipeline.edit.source import Source
from espnet2.gen_audio.pipeline.generate import generate
from espnet2.gen_audio.pipeline.options import sampler
from espnet2.gen_audio.pipeline.request import Request

QUICK = sampler("fast", steps=3)


def inpainted(editor, source, spans, caption="drum"):
    task = Inpainting(source, spans, 0.02)
    ((_, sounds),) = generate(editor, [Request("a", caption, task=task)], QUICK)
    return sounds[0]


@pytest.mark.parametrize("seconds", [0.9, 3.0])
@pytest.mark.parametrize("caption", ["drum", ""])
def test_outside_span_and_fade_samples_are_the_source_to_the_bit(
    editor, seconds, caption
):
    generator = torch.Generator().manual_seed(0)
    wave = torch.randn(int(seconds * 16000), generator=generator) * 0.1
    made = inpainted(editor, Source(wave, 16000), [(0.3, 0.5)], caption)
    assert len(made.wave) == len(wave)
    assert torch.equal(made.wave[: 4800 - 320], wave[: 4800 - 320])
    assert torch.equal(made.wave[8000 + 320 :], wave[8000 + 320 :])
    assert (made.wave[4800:8000] - wave[4800:8000]).abs().mean() > 1e-3
    assert made.seams == (4800, 8000)
    # what the models made stands beside it, before the source was put back
    inside = made.raw[4800 - made.offset : 8000 - made.offset]
    torch.testing.assert_close(made.wave[4800:8000], inside)


def test_several_spans_and_one_at_each_end(editor, source):
    short = Source(source.wave[:8000], 16000)
    made = inpainted(editor, short, [(0.0, 0.1), (0.2, 0.25), (0.4, 0.5)])
    for a, b in ((1600 + 320, 3200 - 320), (4000 + 320, 6400 - 320)):
        assert torch.equal(made.wave[a:b], source.wave[a:b])


def test_latent_frames_that_a_span_touches_are_made_anew():
    keep = keep_outside([(700, 1300)], (4, 2), 640, fade=0)
    assert keep[:, 0].tolist() == [1, 0, 0, 1] and torch.equal(*keep.unbind(1))


def test_along_a_cross_fade_the_latent_is_released_the_earlier_the_nearer():
    spans = [(4 * 640, 6 * 640), (9 * 640, 9 * 640 + 1)]
    keep = keep_outside(spans, (15, 2), 640, fade=700)[:, 0]
    before, between = [1.0, 0.75, 0.5, 0.25], [0.25, 0.5, 0.25]
    assert keep.tolist() == [*before, 0, 0, *between, 0, *before[::-1], 1.0]


@pytest.mark.parametrize("span", [(-0.1, 0.3), (0.5, 0.4), (0.5, 2.0), (0.2, 0.2)])
def test_spans_outside_the_sound_are_refused(span):
    with pytest.raises(ValueError, match="a: span .* is not inside"):
        spans_in_samples([span], 14400, 16000, "a")


def test_no_span_and_spans_too_far_apart_are_refused(editor):
    with pytest.raises(ValueError, match="no span"):
        spans_in_samples([], 14400, 16000, "a")
    long = Source(torch.zeros(80000), 16000)
    with pytest.raises(ValueError, match="in several runs"):
        inpainted(editor, long, [(0.1, 0.2), (4.0, 4.1)])
