"""Captions to sound: whom a sound depends on, and what is refused."""

import dataclasses

import pytest
import torch

from espnet2.gen_audio.pipeline.request import Request
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


def test_a_transcript_sounds_as_its_phonemes_do(speech):
    options = SamplingOptions(steps=2, eta=0.0)

    def said(caption, transcript=None):
        transcripts = {"x": transcript} if transcript else None
        return speech({"x": caption}, options, transcripts=transcripts)["x"]

    written = said("a man | hello")
    assert torch.equal(said("a man", "hello"), written)
    assert not torch.allclose(said("a man", "bad"), written, atol=1e-3)


def test_a_request_needs_no_description_and_may_say_what_the_given_sound_says(speech):
    whole = Request("x", "| hel lo")
    parts = Request("x", transcript="lo", source_transcript="hel")
    made = speech.make([whole, parts], SamplingOptions(steps=2, eta=0.0))
    (_, first), (request, second) = made
    assert torch.equal(first[0].wave, second[0].wave) and request is parts


def test_a_transcript_for_a_model_without_phonemes_is_refused(system):
    with pytest.raises(ValueError, match="transcript 'hi' was given.*reads none"):
        system({"x": "a man"}, transcripts={"x": "hi"})


def test_candidates_of_speech_are_ranked_by_the_description(speech, monkeypatch):
    asked = []

    def ranking(utt_id, caption, waves, rate):
        asked.append(caption)
        return [1.0] * len(waves)

    monkeypatch.setattr(speech, "ranking", ranking)
    speech({"x": "a man | bad"}, SamplingOptions(steps=1, eta=0.0), candidates=2)
    assert asked == ["a man"]
