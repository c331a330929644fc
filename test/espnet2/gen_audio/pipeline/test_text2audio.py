"""Captions to sound: whom a sound depends on, and what is refused."""

import dataclasses

import pytest
import torch

from espnet2.gen_audio.pipeline.text2audio import SamplingOptions, Text2Audio

FAST = SamplingOptions(scheduler="ddim", steps=3, eta=1.0, guidance_scale=2.0)
CAPTIONS = {"a": "a dog barks", "b": "drum", "c": "a drum a dog"}


def test_a_sound_has_the_length_of_the_clip(system):
    waves = system(CAPTIONS, FAST)
    assert list(waves) == list(CAPTIONS)
    assert all(wave.shape == (system.ldm.geometry.samples,) for wave in waves.values())


@pytest.mark.parametrize("scheduler, eta", [("ddim", 1.0), ("dpm++", 0.0)])
def test_a_latent_does_not_depend_on_its_batch_mates_or_their_order(
    system, scheduler, eta
):
    options = dataclasses.replace(FAST, scheduler=scheduler, eta=eta)

    def latents(ids):
        batch = system.conditions([CAPTIONS[utt_id] for utt_id in ids])
        return system.sample(ids, system.heard(batch), options)

    together = dict(zip("cab", latents(list("cab"))))
    for utt_id in CAPTIONS:
        alone = latents([utt_id])[0]
        difference = (together[utt_id] - alone).abs().max() / alone.abs().max()
        assert difference < 1e-5


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(system):
    first, second = system(CAPTIONS, FAST), system(CAPTIONS, FAST)
    other = system(CAPTIONS, dataclasses.replace(FAST, seed=1))
    for utt_id in CAPTIONS:
        assert torch.equal(first[utt_id], second[utt_id])
        assert not torch.allclose(first[utt_id], other[utt_id], atol=1e-3)


def test_the_latent_scale_is_divided_out_before_decoding(system, monkeypatch):
    heard = system.heard(system.conditions(["drum"]))
    scaled = system.sample(["a"], heard, FAST)
    monkeypatch.setattr(system.ldm, "latent_scale", torch.tensor(1.0))
    plain = system.sample(["a"], heard, FAST)
    torch.testing.assert_close(plain, 2.0 * scaled)


def test_parts_of_different_pooling_are_refused(system, monkeypatch):
    monkeypatch.setattr(system.loa_lm, "loa_factor", 1)
    parts = (system.loa_lm, system.ldm, system.vae, system.vocoder, system.encode)
    with pytest.raises(ValueError, match="factor 1.*factor 2"):
        Text2Audio(*parts)
