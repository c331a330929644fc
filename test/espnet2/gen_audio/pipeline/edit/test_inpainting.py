"""Inpainting: what is kept to the sample, and what is made."""

import pytest
import torch

from espnet2.gen_audio.feats.mel import LogMel
from espnet2.gen_audio.pipeline.edit.inpainting import (
    Inpainting,
    keep_outside,
    spans_in_samples,
)
from espnet2.gen_audio.pipeline.edit.source import Source
from espnet2.gen_audio.pipeline.generate import generate
from espnet2.gen_audio.pipeline.lengths import frame_samples
from espnet2.gen_audio.pipeline.options import preset_options
from espnet2.gen_audio.pipeline.request import Request

QUICK = preset_options("fast", steps=3)


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


def test_spans_that_overlap_or_touch_have_the_seams_of_one(editor, source):
    spans = [(0.3, 0.4), (0.1, 0.25), (0.2, 0.3), (0.12, 0.2), (0.45, 0.5)]
    made = inpainted(editor, source, spans)
    assert made.seams == (1600, 6400, 7200, 8000)
    one = inpainted(editor, source, [(0.1, 0.4), (0.45, 0.5)])
    assert torch.equal(made.wave, one.wave)


def test_latent_frames_that_a_span_touches_are_made_anew():
    keep = keep_outside([(700, 1300)], (4, 2), 640, fade=0)
    assert keep[:, 0].tolist() == [1, 0, 0, 1] and torch.equal(*keep.unbind(1))


@pytest.mark.parametrize("span", [(0, 1), (639, 641), (640, 1280), (719, 800)])
@pytest.mark.parametrize("fade", [0, 320, 700])
def test_the_mask_of_a_sound_played_backwards_is_the_mask_backwards(span, fade):
    start, end = span
    mask = keep_outside([span], (8, 2), 640, fade)
    backwards = keep_outside([(8 * 640 - end, 8 * 640 - start)], (8, 2), 640, fade)
    assert torch.equal(mask.flip(0), backwards)
    made = (mask[:, 0] == 0).nonzero()[:, 0].tolist()
    assert made == list(range(start // 640, (end - 1) // 640 + 1))


def test_samples_belong_to_the_latent_frame_whose_mel_shows_them(editor):
    geometry = editor.specification.geometry
    hop, per = geometry.hop, frame_samples(geometry)
    # half a hop earlier, as in the authors' program, the middles would fall between two
    for place in range(10 * hop + hop // 2, 10 * hop + 2 * per, hop // 4):
        if place % hop in (0, hop - 1):
            continue
        click = torch.zeros(1, geometry.samples)
        click[0, place] = 1.0
        loudest = int(LogMel(geometry)(click)[0].exp().sum(dim=1).argmax())
        assert loudest == place // hop
        mask = keep_outside([(place, place + 1)], (16, 2), per, 0)
        assert int(mask[:, 0].argmin()) == loudest // geometry.downsample


def test_a_stretch_without_a_sample_is_refused():
    with pytest.raises(ValueError, match="shorter than a sample"):
        spans_in_samples([(0.5, 0.50001)], 14400, 16000, "a")


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
