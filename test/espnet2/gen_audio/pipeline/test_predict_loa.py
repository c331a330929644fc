"""LOA of requests: predicted, given, mixed, continued."""

import copy
from dataclasses import replace

import pytest
import torch

from espnet2.gen_audio.loa_lm.lm import LOALanguageModel
from espnet2.gen_audio.pipeline.encode import encode_all, encode_captions
from espnet2.gen_audio.pipeline.generate import generate
from espnet2.gen_audio.pipeline.loa_source import ZERO, LOASource
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.predict_loa import (
    predict_all,
    predict_candidates,
    predict_loa,
)
from espnet2.gen_audio.pipeline.request import Request
from espnet2.gen_audio.pipeline.system import System

GIVEN = torch.linspace(-1, 1, 32).view(2, 16)


def loa_of(system, *sources, batch_size=1):
    """Return the LOA of one caption by each source."""
    requests = [Request(f"{n}", "drum", loa=each) for n, each in enumerate(sources)]
    encoded = encode_all(system, requests, SamplingOptions())
    return predict_all(system, encoded, batch_size)


def of_caption(system, caption, prefix=None):
    return predict_loa(system, encode_captions(system, [caption]), prefix)


def test_without_a_source_the_caption_is_predicted_from(system):
    (loa,) = loa_of(system, None)
    assert torch.equal(loa, of_caption(system, "drum")) and loa.shape == (1, 2, 16)


def test_another_caption_given_loa_and_zero(system):
    sources = (LOASource(caption="a dog"), LOASource.of(GIVEN), ZERO)
    other, given, zero = loa_of(system, *sources)
    assert torch.equal(other, of_caption(system, "a dog"))
    assert torch.equal(given, GIVEN[None]) and zero is None


def test_a_mixture_is_weighted_token_by_token(system):
    (mixed,) = loa_of(system, LOASource.of(GIVEN, 0.25))
    wanted = 0.25 * GIVEN + 0.75 * of_caption(system, "drum")[0]
    torch.testing.assert_close(mixed[0], wanted)


def test_leading_given_tokens_are_the_prefix_of_the_rest(system):
    source = LOASource(given=GIVEN[None], weight=torch.tensor([[1.0, 0.0]]))
    (loa,) = loa_of(system, source)
    wanted = of_caption(system, "drum", GIVEN[None, :1])
    torch.testing.assert_close(loa, wanted)
    assert not torch.allclose(loa[0, 1], of_caption(system, "drum")[0, 1])


def test_batches_hold_requests_of_one_prefix_length_and_change_nothing(system):
    sources = [
        None,
        LOASource(given=GIVEN[None], weight=torch.tensor([[1.0, 0.0]])),
        LOASource(caption="rain falls on a tin roof"),
        LOASource.of(GIVEN, 0.5),
    ]
    alone = loa_of(system, *sources)
    for one, together in zip(alone, loa_of(system, *sources, batch_size=3)):
        torch.testing.assert_close(together, one)


def test_a_system_without_loa_predicts_none(system):
    specification = replace(system.specification, loa_factor=None)
    parts = replace(system.parts, loa_lm=None)
    without = replace(system, specification=specification, parts=parts)
    assert predict_loa(without, encode_captions(system, ["a"])) is None
    assert loa_of(without, None) == [None]


@pytest.fixture
def padding_as_before(system):
    yield
    system.loa_lm.lm.sequence.padding = "strip"


@pytest.mark.usefixtures("padding_as_before")
def test_padding_inside_the_sequence_lets_batch_mates_change_a_clip(system):
    def loa(padding, captions):
        behaviour = replace(system.behaviour, padding=padding)
        made = System.of(system.parts, system.encoder, behaviour)
        return predict_loa(made, encode_captions(made, captions))[0]

    short, both = ["rain"], ["rain", "a dog barks at a cat"]
    torch.testing.assert_close(loa("strip", short), loa("strip", both))
    difference = (loa("official", short) - loa("official", both)).abs().max()
    assert difference > 1e-3


def test_a_language_model_that_was_loaded_for_another_behaviour_is_refused(system):
    other = replace(system, behaviour=replace(system.behaviour, padding="official"))
    with pytest.raises(
        ValueError, match="loaded with padding 'strip', but .*System.of"
    ):
        predict_loa(other, encode_captions(other, ["rain"]))
    assert system.loa_lm.lm.sequence.padding == "strip"


@pytest.fixture
def sampling(system):
    """Return the tiny system with a language model that samples."""
    flow = {"head": "flow", "head_conf": {"inner": 8, "steps": 2}}
    torch.manual_seed(3)
    loa_lm = copy.deepcopy(system.loa_lm)
    dims = loa_lm.lm.condition_dims
    loa_lm.lm = LOALanguageModel(16, 1, 2, dims, vocab_size=1, **flow).eval()
    loa_lm.requires_grad_(False)
    torch.nn.init.normal_(loa_lm.lm.head.network.velocity.weight, std=0.3)
    return replace(system, parts=replace(system.parts, loa_lm=loa_lm))


def sampled(system, ids, batch_size=1, number=1, **options):
    """Return the LOA of a drum's candidates for each pair of id and seed."""
    requests = [Request(utt_id, "drum", seed=seed, **options) for utt_id, seed in ids]
    encoded = encode_all(system, requests, SamplingOptions())
    return predict_candidates(system, encoded, number, batch_size)


def test_seed_id_and_candidate_decide_sampled_loa_in_any_batch_and_order(sampling):
    ids = [("a", 0), ("b", 0), ("a", 1)]
    alone = sampled(sampling, ids, number=2)
    together = sampled(sampling, ids[::-1], batch_size=3, number=2)[::-1]
    flat = [loa for own in alone for loa in own]
    for one, other in zip(flat, [loa for own in together for loa in own]):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-5)
    for n, one in enumerate(flat):
        assert not any(torch.allclose(one, o, atol=1e-2) for o in flat[:n])
    ((first,),) = sampled(sampling, [("a", 0)])
    assert torch.equal(first, alone[0][0])


def test_candidates_of_a_model_that_does_not_sample_have_one_loa(system):
    ((first, second),) = sampled(system, [("a", 0)], number=2)
    assert first is second


def test_each_candidate_is_sampled_with_its_own_loa(sampling):
    given = []
    real = sampling.ldm.conditions.of_batch

    def spy(batch, conditions):
        given.append(conditions["loa"].embedding[0])
        return real(batch, conditions)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampling.ldm.conditions, "of_batch", spy)
        options = SamplingOptions(steps=1, eta=0.0)
        ranking = replace(sampling, ranking=lambda *_: [1, 0])
        list(generate(ranking, [Request("a", "drum")], options, candidates=2))
    assert len(given) == 2 and not torch.allclose(given[0], given[1], atol=1e-2)
