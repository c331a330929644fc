"""Sampling latents: windows, seeds of rows, edits, null conditions."""

import dataclasses

import pytest
import torch
import yaml

from espnet2.gen_audio.accel import compiled_unet
from espnet2.gen_audio.accel.cached_unet import CachedUNet
from espnet2.gen_audio.diffusion.build import build_ldm
from espnet2.gen_audio.diffusion.process.rectified_flow import RectifiedFlow
from espnet2.gen_audio.pipeline.behaviour import behaviour_of
from espnet2.gen_audio.pipeline.encode import encode_all, encode_captions, noise_id
from espnet2.gen_audio.pipeline.lengths import Frames
from espnet2.gen_audio.pipeline.loa_source import ZERO, LOASource
from espnet2.gen_audio.pipeline.options import QUICK, SAMPLERS, SamplingOptions
from espnet2.gen_audio.pipeline.predict_loa import predict_candidates, predict_loa
from espnet2.gen_audio.pipeline.request import Request
from espnet2.gen_audio.pipeline.sample import (
    NegativePrompt,
    diffusion_conditions,
    sample,
    sample_all,
)
from espnet2.gen_audio.pipeline.system import System
from espnet2.gen_audio.sampling.given_latent import LatentEdit
from espnet2.gen_audio.seeding import generators_of, normal_of

FAST = SamplingOptions("dpm++", 3, 0.0, 2.0)
RAIN = SamplingOptions(negative_prompt="rain")
LONG = Frames(40, 16, (0, 12, 24))
CAPTIONS = {"a": "a dog barks", "b": "drum", "c": "a drum a dog"}


def conditions_of(system, captions):
    batch = encode_captions(system, captions)
    return diffusion_conditions(system, batch, predict_loa(system, batch))


def run(system, noise_ids, frames=None, captions=None, edit=None, options=FAST):
    frames = frames or Frames(16, 16, (0,))
    captions = captions or ["drum"] * len(frames.starts)
    rows = len(noise_ids)
    conditions = [conditions_of(system, [caption] * rows) for caption in captions]
    null = system.ldm.conditions.null(rows)
    return sample(system, noise_ids, conditions, null, options, frames, edit)


def latents_of(system, requests, batch_size=1, number=1, options=FAST):
    encoded = encode_all(system, requests, options)
    loas = predict_candidates(system, encoded, number, batch_size)
    return sample_all(system, encoded, loas, options, number, batch_size)


def test_every_row_has_the_noise_of_its_own_id_and_seed(system):
    both = run(system, [(1, "a"), (2, "a")])
    for row, seed in enumerate((1, 2)):
        alone = run(system, [(seed, "a")])[0]
        assert (both[row] - alone).abs().max() < 1e-5 * alone.abs().max()
    assert not torch.allclose(both[0], both[1], atol=1e-2)


def test_a_long_sound_is_of_one_piece_and_a_window_has_its_own_condition(system):
    # a step carries a change one window further, so two leave the first one alone
    two = dataclasses.replace(FAST, steps=2)
    same = run(system, [(0, "a")], LONG, options=two)
    assert same.shape == (1, 4, 40, 4) and same.isfinite().all()
    other = run(system, [(0, "a")], LONG, ["drum", "drum", "barks"], options=two)
    assert torch.equal(same[:, :, :12], other[:, :, :12])
    assert not torch.equal(same[:, :, 28:], other[:, :, 28:])


@pytest.mark.parametrize("preset", sorted(set(SAMPLERS) - set(QUICK)))
def test_every_preset_without_a_student_serves_a_flow(system, monkeypatch, preset):
    monkeypatch.setitem(system.ldm._modules, "process", RectifiedFlow())
    options = dataclasses.replace(SAMPLERS[preset], steps=4)
    assert torch.isfinite(run(system, [(0, "a")], options=options)).all()


def test_the_kept_latent_comes_out_unscaled(system):
    known, keep = torch.randn(1, 4, 16, 4), torch.zeros(1, 1, 16, 4)
    keep[:, :, :8] = 1.0
    made = run(system, [(0, "a")], edit=LatentEdit(known, keep))
    wanted = known[:, :, :8] / system.ldm.latent_scale
    torch.testing.assert_close(made[:, :, :8], wanted)


def test_the_latent_scale_is_divided_out_before_decoding(system, monkeypatch):
    scaled = run(system, [(0, "a")])
    monkeypatch.setattr(system.ldm, "latent_scale", torch.tensor(1.0))
    torch.testing.assert_close(run(system, [(0, "a")]), 2.0 * scaled)


@pytest.mark.parametrize("reuse", [2, 3])
def test_reused_features_change_a_sound_a_little(system, reuse):
    options = dataclasses.replace(FAST, steps=6)
    exact = run(system, [(0, "a")], options=options)
    reused = dataclasses.replace(options, reuse_every=reuse)
    near = run(system, [(0, "a")], options=reused)
    assert 0 < (near - exact).abs().mean() < 0.5 * exact.abs().mean()


def test_compiled_the_sound_is_the_same_to_rounding(system, monkeypatch):
    plain, calls = CachedUNet.__call__, []

    def forward(*given):
        calls.append(1)
        return plain(*given)

    monkeypatch.setattr(compiled_unet, "compile_pass", lambda device: forward)
    wanted = run(system, [(0, "a")])
    made = run(system, [(0, "a")], options=dataclasses.replace(FAST, compiled=True))
    torch.testing.assert_close(made, wanted, rtol=1e-4, atol=1e-5)
    assert len(calls) == FAST.steps


@pytest.mark.parametrize("scheduler, eta", [("ddim", 1.0), ("dpm++", 0.0)])
def test_a_latent_does_not_depend_on_its_batch_mates_or_their_order(
    system, scheduler, eta
):
    options = dataclasses.replace(FAST, scheduler=scheduler, eta=eta)
    requests = {utt_id: Request(utt_id, CAPTIONS[utt_id]) for utt_id in "cab"}
    together = latents_of(system, list(requests.values()), 3, options=options)
    for (utt_id, request), (found,) in zip(requests.items(), together):
        ((alone,),) = latents_of(system, [request], options=options)
        difference = (found - alone).abs().max() / alone.abs().max()
        assert difference < 1e-5, utt_id


def test_the_first_candidate_has_the_noise_of_the_sound_that_is_made_alone(system):
    ((alone,),) = latents_of(system, [Request("a", "drum")])
    ((first, second),) = latents_of(system, [Request("a", "drum")], number=2)
    assert torch.equal(first, alone) and not torch.allclose(second, alone, atol=1e-2)


def test_no_two_candidates_have_the_same_noise():
    noises = [
        normal_of(generators_of(0, [noise_id(i, n) for i in "ab"]), (1, 2, 3))
        for n in range(3)
    ]
    numbers = [float(x) for noise in noises for x in noise.flatten()]
    assert len(set(numbers)) == len(numbers)
    assert noise_id("a", 0) == "a"


def test_zero_loa_is_the_null_loa_of_the_diffusion_model(system):
    null = system.ldm.conditions.null(1)["loa"].embedding[0]
    requests = [Request("a", "drum", loa=one) for one in (ZERO, LOASource.of(null))]
    (zero,), (given,) = latents_of(system, requests)
    assert torch.equal(zero, given)


def test_an_unconditional_stream_has_the_null_condition_in_its_place(system):
    plain, without, unknown = (
        latents_of(system, [Request("a", "a dog", unconditional=names)])[0][0]
        for names in ((), ("tokens",), ("no_such_stream",))
    )
    assert torch.equal(plain, unknown) and not torch.allclose(plain, without)
    null = system.ldm.conditions.null(1)["tokens"].embedding
    assert torch.equal(null[0], torch.full((1, 8), 0.1))
    # LOA alone is left, so another caption with that LOA makes the same latent
    loa = predict_loa(system, encode_captions(system, ["a dog"]))[0]
    other = Request("a", "drum", loa=LOASource.of(loa), unconditional=("tokens",))
    assert torch.equal(latents_of(system, [other])[0][0], without)


@pytest.fixture(scope="module")
def loud(system, experiments):
    """The tiny system with a condition that its config declares, beside the latent."""
    config = yaml.safe_load((experiments["ldm"] / "config.yaml").read_text())
    config["conditions"] = {"loudness": {"role": "channels", "width": 1}}
    torch.manual_seed(0)
    ldm = build_ldm(config).eval().requires_grad_(False)
    for parameter in ldm.unet.parameters():
        parameter.add_(0.02 * torch.randn_like(parameter))
    parts = dataclasses.replace(system.parts, ldm=ldm)
    return System.of(parts, system.encoder)


def contour(*levels):
    return {"loudness": torch.tensor(levels)[:, None]}


def test_a_declared_condition_is_that_of_the_request_or_null(loud):
    assert [spec.name for spec in loud.specification.declared] == ["loudness"]
    given, silent, absent, unconditional = (
        latents_of(loud, [Request("a", "drum", conditions=conditions, **more)])[0][0]
        for conditions, more in (
            (contour(1.0, 2.0), {}),
            (contour(0.0), {}),
            ({}, {}),
            (contour(1.0, 2.0), {"unconditional": ("loudness",)}),
        )
    )
    assert torch.equal(absent, silent) and torch.equal(absent, unconditional)
    assert not torch.allclose(given, absent, atol=1e-3)


def test_requests_with_and_without_a_condition_are_sampled_in_one_batch(loud):
    requests = [
        Request("a", "drum", conditions=contour(1.0, 2.0, 3.0)),
        Request("b", "drum"),
        Request("c", "drum", conditions=contour(2.0)),
    ]
    for request, (found,) in zip(requests, latents_of(loud, requests, 3)):
        ((alone,),) = latents_of(loud, [request])
        assert (found - alone).abs().max() < 1e-5 * alone.abs().max()


def test_positions_of_a_long_sound_go_to_the_windows_that_they_lie_in(loud):
    # 40 frames in windows of 16 from 0, 12 and 24 on: ten positions of four frames
    two = dataclasses.replace(FAST, steps=2)
    level = [1.0] * 10
    plain, late, early = (
        latents_of(
            loud, [Request("a", "drum", 1.6, conditions=contour(*c))], options=two
        )[0][0]
        for c in (level, [*level[:7], 5.0, 5.0, 5.0], [5.0, *level[1:]])
    )
    assert plain.shape[1] == 40
    assert torch.equal(plain[:, :12], late[:, :12])
    assert torch.equal(plain[:, 28:], early[:, 28:])
    assert not torch.equal(plain[:, 28:], late[:, 28:])
    assert not torch.equal(plain[:, :12], early[:, :12])


def test_without_a_prompt_there_are_no_conditions(system):
    assert NegativePrompt(system, SamplingOptions()).conditions is None


def test_its_conditions_are_one_row_of_those_of_its_text(system):
    rain = NegativePrompt(system, RAIN).conditions
    again = NegativePrompt(system, RAIN).conditions
    other = NegativePrompt(
        system, dataclasses.replace(RAIN, negative_prompt="a dog")
    ).conditions
    assert {len(each.embedding) for each in rain.values()} == {1}
    for name, each in rain.items():
        assert torch.equal(each.embedding, again[name].embedding)
        assert not torch.equal(each.embedding, other[name].embedding)


def test_the_text_is_read_at_once_and_the_language_model_runs_at_first_use(
    system, monkeypatch
):
    ran = []
    own = system.loa_lm.generate
    monkeypatch.setattr(
        system.loa_lm, "generate", lambda *args: ran.append("gpt2") or own(*args)
    )
    negative = NegativePrompt(system, RAIN)
    assert negative.batch and not ran
    assert negative.conditions is negative.conditions and ran == ["gpt2"]


def test_a_behaviour_without_negative_prompts_refuses_it(system):
    official = dataclasses.replace(system, behaviour=behaviour_of("official"))
    with pytest.raises(ValueError, match="the authors' program has none"):
        NegativePrompt(official, RAIN)
