"""The specification of a system, read from models without their weights."""

from types import SimpleNamespace

import pytest

from espnet2.gen_audio.pipeline.specification import SystemSpecification


def test_the_specification_of_the_tiny_system(system):
    found = SystemSpecification.of(system.loa_lm, system.ldm)
    assert found == system.specification
    assert (found.frame_multiple, found.loa_factor, found.latent_scale) == (2, 2, 2.0)
    assert not found.reads_phonemes and found.declared == ()


def test_a_model_with_a_phoneme_encoder_reads_phonemes(system):
    lm = SimpleNamespace(text_encoder=SimpleNamespace(speech=True), loa_factor=2)
    assert SystemSpecification.of(lm, system.ldm).reads_phonemes


def test_a_language_model_is_needed_exactly_where_the_diffusion_model_takes_loa(system):
    with pytest.raises(ValueError, match="needs LOA, but no language model"):
        SystemSpecification.of(None, system.ldm)
    without = SimpleNamespace(unet=SimpleNamespace(widths={"tokens": 8}))
    with pytest.raises(ValueError, match="has no LOA, but a language model"):
        SystemSpecification.of(system.loa_lm, without)


def test_models_of_different_pooling_are_refused(system):
    lm = SimpleNamespace(text_encoder=None, loa_factor=1)
    with pytest.raises(ValueError, match="factor 1.*factor 2"):
        SystemSpecification.of(lm, system.ldm)
