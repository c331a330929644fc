"""The engine: what a sound depends on, and what it does not."""

import dataclasses

import pytest
import torch

from espnet2.gen_audio.pipeline.editing.continuation import Continuation
from espnet2.gen_audio.pipeline.editing.inpainting import Inpainting
from espnet2.gen_audio.pipeline.on_demand import OnDemand, Room
from espnet2.gen_audio.pipeline.options import SamplingOptions, sampler
from espnet2.gen_audio.pipeline.precision import in_precision
from espnet2.gen_audio.pipeline.request import Request
from espnet2.gen_audio.pipeline.text2audio import Text2Audio

QUICK = {"steps": 3, "guidance_scale": 2.0}
NAMES = ("loa_lm", "ldm", "vae", "vocoder", "audiomae")


def requests(source):
    """Return requests of several lengths, prompt lengths, seeds and tasks."""
    words = ["drum", "a dog", "rain falls on a tin roof", "a dog barks", "rain"]
    texts = [
        Request(f"t{n}", words[n % 5], seconds=[None, 0.4, 1.5][n % 3], seed=n)
        for n in range(8)
    ]
    return [
        *texts,
        Request("c", "a dog", 0.5, task=Continuation(source)),
        Request("i", "rain", task=Inpainting(source, [(0.2, 0.5)])),
    ]


def made(system, wanted, options, batch_size=1):
    pairs = system.make(wanted, options, batch_size=batch_size)
    return {request.utt_id: sounds[0].wave for request, sounds in pairs}


def in_double(editor):
    """Return the tiny system in double precision."""
    import copy

    parts = {name: copy.deepcopy(getattr(editor, name)) for name in NAMES[:3]}
    parts = {n: in_precision(p, torch.float64, "cpu") for n, p in parts.items()}
    return Text2Audio(
        *parts.values(),
        lambda mel: mel.flatten(1).repeat_interleave(10, dim=1),
        editor.encode,
        audiomae=editor.audiomae,
    )


@pytest.mark.parametrize("preset", ["quality", "balanced"])
@pytest.mark.parametrize("batch_size", [3, 8])
def test_in_double_precision_batches_change_nothing(editor, source, preset, batch_size):
    double, options = in_double(editor), sampler(preset, **QUICK)
    wanted = requests(source)
    alone = made(double, wanted, options)
    shuffled = [wanted[n] for n in (9, 4, 0, 7, 2, 8, 5, 1, 6, 3)]
    together = made(double, shuffled, options, batch_size)
    assert list(together) == [request.utt_id for request in shuffled]
    for utt_id, wave in alone.items():
        assert (together[utt_id] - wave).abs().max() <= 1e-10 * wave.abs().max()


def test_one_at_a_time_any_order_gives_the_same_bytes(editor, source):
    options, wanted = sampler("balanced", **QUICK), requests(source)
    first = made(editor, wanted, options)
    again = made(editor, wanted[::-1], options)
    assert all(torch.equal(first[utt_id], again[utt_id]) for utt_id in first)


def test_results_come_in_the_order_of_the_requests_with_their_lengths(editor, source):
    waves = made(editor, requests(source), sampler("balanced", **QUICK), 4)
    rate = editor.sample_rate
    assert [len(waves[f"t{n}"]) for n in range(3)] == [10240, round(0.4 * rate), 24000]
    assert len(waves["c"]) == len(source) + rate // 2
    assert len(waves["i"]) == len(source)


def test_parts_on_demand_make_the_same_sounds_and_are_loaded_once_a_phase(
    editor, source
):
    loads, room = [], Room()

    def load(name):
        loads.append(name)
        return getattr(editor, name)

    parts = {n: OnDemand(lambda n=n: load(n), room) for n in NAMES}
    lean = Text2Audio(
        *(parts[n] for n in NAMES[:4]),
        editor.encode,
        audiomae=parts["audiomae"],
        facts=editor.facts,
    )
    options, wanted = sampler("fast", **QUICK), requests(source)[:4]
    assert all(
        torch.equal(a, b)
        for a, b in zip(
            made(lean, wanted, options).values(), made(editor, wanted, options).values()
        )
    )
    assert loads.count("ldm") == 1 and loads.count("loa_lm") == 1


def test_the_seed_of_a_request_goes_before_that_of_the_options(editor):
    options = SamplingOptions("dpm++", 2, 0.0, 2.0, seed=5)
    own = made(editor, [Request("a", "drum", seed=7)], options)["a"]
    other = dataclasses.replace(options, seed=7)
    assert torch.equal(own, made(editor, [Request("a", "drum")], other)["a"])


def test_a_long_sound_is_steady_and_has_no_silence(editor):
    long = made(editor, [Request("a", "drum", 4.0)], sampler("balanced", **QUICK))["a"]
    assert len(long) == 64000
    levels = long.unflatten(0, (-1, 3200)).square().mean(dim=1).sqrt()
    assert levels.min() > 0.3 * levels.median() and levels.max() < 3 * levels.median()


def test_a_negative_prompt_leads_away_in_every_batch(editor):
    options = sampler("balanced", **QUICK)
    led = dataclasses.replace(options, negative_prompt="rain")
    wanted = [Request("a", "drum"), Request("b", "a dog")]
    plain, away = made(editor, wanted, options, 2), made(editor, wanted, led, 2)
    alone = made(editor, wanted, led)
    for utt_id in plain:
        assert not torch.allclose(plain[utt_id], away[utt_id], atol=1e-3)
        torch.testing.assert_close(alone[utt_id], away[utt_id], rtol=0, atol=2e-3)
