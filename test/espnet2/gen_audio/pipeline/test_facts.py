"""What is known of a system before its models are asked."""

from types import SimpleNamespace

import pytest

from espnet2.gen_audio.pipeline.facts import Facts


def test_the_facts_of_the_tiny_system(system):
    facts = Facts.of(system.loa_lm, system.ldm)
    assert facts == system.facts
    assert (facts.multiple, facts.loa_factor, facts.latent_scale) == (2, 2, 2.0)
    assert not facts.speaks


def test_a_model_with_a_phoneme_encoder_speaks(system):
    lm = SimpleNamespace(text_encoder=SimpleNamespace(stream="phonemes"), loa_factor=2)
    assert Facts.of(lm, system.ldm).speaks


def test_a_language_model_is_needed_exactly_where_loa_is_heard(system):
    with pytest.raises(ValueError, match="hears LOA, but no language model"):
        Facts.of(None, system.ldm)
