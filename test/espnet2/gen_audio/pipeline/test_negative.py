"""The negative prompt: when it is encoded and predicted, and who refuses it."""

from dataclasses import replace

import pytest
import torch

from espnet2.gen_audio.pipeline.behaviour import behaviour_of
from espnet2.gen_audio.pipeline.negative import NegativePrompt
from espnet2.gen_audio.pipeline.options import SamplingOptions

RAIN = SamplingOptions(negative_prompt="rain")


def test_without_a_prompt_there_are_no_conditions(system):
    assert NegativePrompt(system, SamplingOptions()).conditions is None


def test_its_conditions_are_one_row_of_those_of_its_text(system):
    rain = NegativePrompt(system, RAIN).conditions
    again = NegativePrompt(system, RAIN).conditions
    other = NegativePrompt(system, replace(RAIN, negative_prompt="a dog")).conditions
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
    official = replace(system, behaviour=behaviour_of("official"))
    with pytest.raises(ValueError, match="the authors' program has none"):
        NegativePrompt(official, RAIN)
