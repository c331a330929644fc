"""Generation: what a sound depends on, and what it does not."""

import copy
from dataclasses import replace

import pytest
import torch

from espnet2.gen_audio.pipeline.captions import CaptionEncoder
from espnet2.gen_audio.pipeline.edit.audio_prompt import AudioPrompt
from espnet2.gen_audio.pipeline.edit.continuation import Continuation
from espnet2.gen_audio.pipeline.edit.inpainting import Inpainting
from espnet2.gen_audio.pipeline.edit.source import Source
from espnet2.gen_audio.pipeline.edit.style_transfer import StyleTransfer
from espnet2.gen_audio.pipeline.edit.super_resolution import SuperResolution
from espnet2.gen_audio.pipeline.generate import generate
from espnet2.gen_audio.pipeline.lazy import Lazy, MemorySlot
from espnet2.gen_audio.pipeline.loa_source import ZERO, LOASource
from espnet2.gen_audio.pipeline.options import SamplingOptions, preset_options
from espnet2.gen_audio.pipeline.precision import in_precision
from espnet2.gen_audio.pipeline.request import Candidate, Request
from espnet2.gen_audio.pipeline.system import Parts
from espnet2.gen_audio.vocoder.abs_vocoder import AbsVocoder

QUICK = {"steps": 3, "guidance_scale": 2.0}
NAMES = ("ldm", "vae", "vocoder", "loa_lm", "audiomae")


class Repeated(AbsVocoder):
    """Repeat the bands of a mel, in its precision."""

    def forward(self, mel, trim=True):
        return mel.flatten(1).repeat_interleave(10, dim=1)


def requests(source):
    """Return requests of several lengths, prompts, seeds, tasks and LOA sources."""
    words = ["drum", "a dog", "rain falls on a tin roof", "a dog barks", "rain"]
    texts = [
        Request(f"t{n}", words[n % 5], seconds=[None, 0.4, 1.5][n % 3], seed=n)
        for n in range(8)
    ]
    return [
        *texts,
        Request("c", "a dog", 0.5, task=Continuation(source)),
        Request("i", "rain", task=Inpainting(source, [(0.2, 0.5)])),
        Request("z", "rain", loa=ZERO),
        Request("m", "drum", loa=LOASource.of(torch.ones(2, 16), 0.5)),
        Request("o", "drum", loa=LOASource(caption="a dog"), unconditional=("tokens",)),
    ]


def made(system, wanted, options, batch_size=1):
    pairs = generate(system, wanted, options, batch_size=batch_size)
    return {request.utt_id: sounds[0].wave for request, sounds in pairs}


def in_double(editor):
    """Return the tiny system in double precision."""
    parts = {n: copy.deepcopy(getattr(editor, n)) for n in ("ldm", "vae", "loa_lm")}
    parts = {n: in_precision(p, torch.float64, "cpu") for n, p in parts.items()}
    parts["vocoder"] = Repeated()
    return replace(editor, parts=replace(editor.parts, **parts))


@pytest.mark.parametrize("preset", ["quality", "balanced"])
@pytest.mark.parametrize("batch_size", [3, 8])
def test_in_double_precision_batches_change_nothing(editor, source, preset, batch_size):
    double, options = in_double(editor), preset_options(preset, **QUICK)
    wanted = requests(source)
    alone = made(double, wanted, options)
    shuffled = [wanted[n] for n in (9, 4, 0, 7, 10, 2, 12, 8, 5, 1, 11, 6, 3)]
    together = made(double, shuffled, options, batch_size)
    assert list(together) == [request.utt_id for request in shuffled]
    for utt_id, wave in alone.items():
        assert (together[utt_id] - wave).abs().max() <= 1e-10 * wave.abs().max()


def test_one_at_a_time_any_order_gives_the_same_bytes(editor, source):
    options, wanted = preset_options("balanced", **QUICK), requests(source)
    first = made(editor, wanted, options)
    again = made(editor, wanted[::-1], options)
    assert all(torch.equal(first[utt_id], again[utt_id]) for utt_id in first)


def test_results_come_in_the_order_of_the_requests_with_their_lengths(editor, source):
    waves = made(editor, requests(source), preset_options("balanced", **QUICK), 4)
    rate = editor.sample_rate
    assert [len(waves[f"t{n}"]) for n in range(3)] == [10240, round(0.4 * rate), 24000]
    assert len(waves["c"]) == len(source) + rate // 2
    assert len(waves["i"]) == len(source)


def test_lazy_parts_make_the_same_sounds_and_are_loaded_once_a_step(editor, source):
    loads, slot = [], MemorySlot()

    def load(name):
        loads.append(name)
        return getattr(editor, name)

    lazy = Parts(**{n: Lazy(lambda n=n: load(n), slot) for n in NAMES})
    lean = replace(editor, parts=lazy)
    options, wanted = preset_options("fast", **QUICK), requests(source)[:4]
    assert all(
        torch.equal(a, b)
        for a, b in zip(
            made(lean, wanted, options).values(), made(editor, wanted, options).values()
        )
    )
    assert loads == ["loa_lm", "ldm", "vae", "vocoder"]


def test_the_seed_of_a_request_goes_before_that_of_the_options(editor):
    options = SamplingOptions("dpm++", 2, 0.0, 2.0, seed=5)
    own = made(editor, [Request("a", "drum", seed=7)], options)["a"]
    other = replace(options, seed=7)
    assert torch.equal(own, made(editor, [Request("a", "drum")], other)["a"])


def test_a_long_sound_is_steady_and_has_no_silence(editor):
    long = made(
        editor, [Request("a", "drum", 4.0)], preset_options("balanced", **QUICK)
    )["a"]
    assert len(long) == 64000
    levels = long.unflatten(0, (-1, 3200)).square().mean(dim=1).sqrt()
    assert levels.min() > 0.3 * levels.median() and levels.max() < 3 * levels.median()


def test_a_negative_prompt_leads_away_in_every_batch(editor):
    options = preset_options("balanced", **QUICK)
    led = replace(options, negative_prompt="rain")
    wanted = [Request("a", "drum"), Request("b", "a dog")]
    plain, away = made(editor, wanted, options, 2), made(editor, wanted, led, 2)
    alone = made(editor, wanted, led)
    for utt_id in plain:
        assert not torch.allclose(plain[utt_id], away[utt_id], atol=1e-3)
        torch.testing.assert_close(alone[utt_id], away[utt_id], rtol=0, atol=2e-3)


def test_edits_keep_the_length_of_the_given_sound_where_nothing_is_cut(editor, source):
    untrimmed = replace(editor, behaviour=replace(editor.behaviour, trim=False))
    odd = Source(source.wave[:-123], source.rate_before)  # no whole number of frames
    wanted = [
        Request("i", "rain", task=Inpainting(odd, [(0.2, 0.5)])),
        Request("u", "rain", task=SuperResolution(odd, 2000.0)),
        Request("s", "rain", task=StyleTransfer(odd)),
        Request("c", "rain", 0.5, task=Continuation(odd)),
    ]
    waves = made(untrimmed, wanted, preset_options("fast", **QUICK))
    lengths = {utt_id: len(wave) - len(odd) for utt_id, wave in waves.items()}
    assert lengths == {"i": 0, "u": 0, "s": 0, "c": 8000}


def loudness(utt_id, caption, waves, *_):
    """Score sounds by their loudness, so that the best one is known."""
    return waves.square().mean(dim=1).tolist()


def test_candidates_are_sorted_by_score_and_keep_their_numbers(system):
    ranking = replace(system, ranking=loudness)
    options = SamplingOptions(steps=2, eta=0.0)
    ((_, sounds),) = generate(ranking, [Request("a", "drum")], options, candidates=3)
    scores = [each.score for each in sounds]
    assert scores == sorted(scores, reverse=True)
    assert sorted(each.number for each in sounds) == [0, 1, 2]
    (alone,) = made(system, [Request("a", "drum")], options).values()
    first = next(each for each in sounds if each.number == 0)
    torch.testing.assert_close(first.wave, alone, rtol=1e-4, atol=1e-5)


def test_candidates_of_an_edit_are_ranked_by_what_was_generated(editor, source):
    """CLAP reads 10 s, which may be the given sound alone."""
    ranked_by = []

    def ranking(utt_id, caption, waves, *_):
        ranked_by.append(waves)
        return [1.0] * len(waves)

    long = Source(source.wave.repeat(14), 16000)  # 12.6 s
    wanted = [
        Request("c", "rain", 0.5, task=Continuation(long)),
        Request("i", "rain", task=Inpainting(long, [(11.0, 11.2)])),
    ]
    options = preset_options("fast", **QUICK)
    ranked = replace(editor, ranking=ranking)
    (_, continued), (_, painted) = generate(ranked, wanted, options, candidates=2)
    # half a clip of 0.64 s is the context, less than the second that is ranked at most
    assert ranked_by[0].shape == (2, 5120 + 8000)
    assert torch.equal(ranked_by[0][0], continued[0].raw)
    assert torch.equal(ranked_by[1][0], painted[0].raw)
    assert not torch.equal(*ranked_by[0]) and not torch.equal(*ranked_by[1])
    given = Candidate(torch.zeros(5), raw=torch.arange(5), judged_from=2)
    assert given.judged.tolist() == [2, 3, 4]


def test_equal_scores_keep_the_order_of_making(system):
    ranking = replace(system, ranking=lambda *_: [0.1, 0.5, 0.5, 0.3])
    options = SamplingOptions(steps=1, eta=0.0)
    ((_, sounds),) = generate(ranking, [Request("a", "drum")], options, candidates=4)
    assert [each.number for each in sounds] == [1, 2, 3, 0]


def test_candidates_of_speech_are_ranked_by_the_description(speech):
    captions = []

    def ranking(utt_id, caption, waves, *_):
        captions.append(caption)
        return [1.0] * len(waves)

    options = SamplingOptions(steps=1, eta=0.0)
    wanted = [Request("x", "a man | bad")]
    list(generate(replace(speech, ranking=ranking), wanted, options, candidates=2))
    assert captions == ["a man"]


@pytest.mark.parametrize("loa", [None, ZERO, LOASource(caption="a dog")], ids=repr)
def test_in_bfloat16_every_loa_source_makes_a_sound(system, loa):
    half = {n: copy.deepcopy(getattr(system, n)) for n in ("ldm", "vae", "loa_lm")}
    half = {n: in_precision(p, torch.bfloat16, "cpu") for n, p in half.items()}
    system = replace(system, parts=replace(system.parts, **half))
    wanted = [Request("a", "drum", loa=loa)]
    wanted += [
        Request("b", "drum", loa=LOASource.of(torch.ones(2, 16), w)) for w in (0.5, 1.0)
    ]
    for wave in made(
        system, wanted, preset_options("fast", **QUICK), batch_size=3
    ).values():
        assert wave.dtype == torch.float32 and wave.isfinite().all() and wave.any()


def test_a_late_request_that_cannot_be_met_is_refused_before_anything_is_encoded(
    editor, source
):
    bad = [
        (Request("b", "\u200b"), "the caption"),
        (Request("b", "x", seconds=0.01), "seconds 0.01"),
        (Request("b", "x", task=Inpainting(source, [(0.1, 5.0)])), "is not inside"),
        (Request("b", task=StyleTransfer(source)), "needs a caption"),
        (Request("b", "x", task=SuperResolution(source, 1.0)), "cut 1 Hz"),
        (Request("b", "x", 0.01, task=AudioPrompt(source)), "seconds 0.01"),
        (Request("b", "x", 9999.0, task=Continuation(source)), "3600 s the maximum"),
        (Request("b", "x", transcript="hi"), "no speech model"),
    ]
    unused = replace(editor, encoder=CaptionEncoder({}))  # encodes nothing
    for request, message in bad:
        with pytest.raises(ValueError, match=message):
            next(generate(unused, [Request("a", "x"), request]))


def test_an_edit_without_caption_needs_an_audiomae_which_is_known_before_any_work(
    editor, system, source
):
    blind = replace(editor.specification, loa_factor=None)
    unused = {"encoder": CaptionEncoder({})}  # encodes nothing
    lacking = [
        replace(system, **unused),
        replace(editor, specification=blind, **unused),
    ]
    bad = [
        ("", Continuation(source), "continuation with the empty caption ''"),
        ("x", Continuation(source, keep_latent=False), "--loa_only. needs LOA and an"),
        ("", Inpainting(source, [(0.2, 0.5)]), "inpainting with the empty caption"),
        (" ", SuperResolution(source, 2000.0), "super-resolution with the empty"),
    ]
    for caption, task, message in bad:
        request = Request("b", caption, task=task)
        request.task.check(editor, request)
        for each in lacking:
            with pytest.raises(ValueError, match=f"^b: .*{message}.*lacks"):
                next(generate(each, [Request("a", "x"), request]))


def test_speech_longer_than_a_clip_is_not_continued(speech, source):
    short = Source(source.wave[:3200], 16000)
    task = Continuation(short)
    task.check(speech, Request("a", "a man | h", 0.44, task=task))
    late = [Request("a", "a man | h"), Request("b", "a man | h", 0.5, task=task)]
    message = "b: 0.5 s of speech after 0.2 s of the given sound .* fit into 0.64 s"
    with pytest.raises(ValueError, match=message):
        next(generate(replace(speech, parts=replace(speech.parts, vae=None)), late))


def test_a_solver_that_needs_pure_noise_is_refused_before_anything_is_encoded(
    editor, source
):
    unused = replace(editor, encoder=CaptionEncoder({}))  # encodes nothing
    late = [Request("a", "x"), Request("b", "x", task=StyleTransfer(source))]
    options = preset_options("fast", scheduler="PNDMScheduler")
    with pytest.raises(ValueError, match="PNDMScheduler with strength 0.5: it must"):
        next(generate(unused, late, options))


def test_phonemes_of_a_late_request_are_checked_before_anything_is_encoded(speech):
    late = [Request("a", "a man | h"), Request("b", "a man")]
    with pytest.raises(ValueError, match="'a man' has no phonemes"):
        next(generate(replace(speech, parts=None), late))
