"""The public class: captions to sounds, candidates, transcripts, refusals."""

import inspect
import re
from dataclasses import replace

import pytest
import torch

from espnet2.gen_audio.pipeline import generate, text2audio
from espnet2.gen_audio.pipeline.options import SamplingOptions, preset_options
from espnet2.gen_audio.pipeline.request import Request
from espnet2.gen_audio.pipeline.text2audio import Text2Audio

FAST = SamplingOptions(scheduler="ddim", steps=3, eta=1.0, guidance_scale=2.0)
CAPTIONS = {"a": "a dog barks", "b": "drum", "c": "a drum a dog"}


def loudness(utt_id, caption, waves, *_):
    """Score sounds by their loudness, so that the best one is known."""
    return waves.square().mean(dim=1).tolist()


def with_behaviour(system, **changes):
    """Return the class with a ranking and another behaviour."""
    behaviour = replace(system.behaviour, **changes)
    return Text2Audio(replace(system, behaviour=behaviour, ranking=loudness))


def test_the_steps_of_its_docstring_are_those_that_generation_runs():
    table = re.findall(r"^    (\w+_\w+)  ", text2audio.__doc__, re.MULTILINE)
    source = inspect.getsource(generate.generate)
    run = re.findall(r"= (\w+)\(", source[source.index("for begin") :])
    assert table == [name for name in run if name in table] and len(table) == 5


def test_a_sound_has_the_length_of_the_clip_or_the_one_asked_for(system):
    text2audio = Text2Audio(system)
    waves = text2audio(CAPTIONS, FAST)
    assert list(waves) == list(CAPTIONS) and text2audio.sample_rate == 16000
    assert all(wave.shape == (10240,) for wave in waves.values())
    assert text2audio({"a": "drum"}, FAST, seconds=0.4)["a"].shape == (6400,)


def test_a_system_is_named_as_in_espnets_own_classes_or_by_its_place(
    system, monkeypatch
):
    asked = []

    def load(*words):
        asked.append(words)
        return system

    monkeypatch.setattr(text2audio, "load_converted", load)
    made = Text2Audio.from_pretrained(model_tag="owner/mine", device="cuda")
    assert made.system is system
    Text2Audio.from_pretrained("owner/mine", device="cuda")
    assert asked == [("owner/mine", "ours", "cuda", "float32", False)] * 2
    for given in ({}, {"model": "a", "model_tag": "b"}):
        with pytest.raises(ValueError, match="give one, a folder"):
            Text2Audio.from_pretrained(**given)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(system):
    text2audio = Text2Audio(system)
    first, second = text2audio(CAPTIONS, FAST), text2audio(CAPTIONS, FAST)
    other = text2audio(CAPTIONS, replace(FAST, seed=1))
    for utt_id in CAPTIONS:
        assert torch.equal(first[utt_id], second[utt_id])
        assert not torch.allclose(first[utt_id], other[utt_id], atol=1e-3)


def test_candidates_are_ranked_for_each_caption_alone(system):
    text2audio = with_behaviour(system, candidates=3)
    made = text2audio.candidates(CAPTIONS, FAST)
    for utt_id, sounds in made.items():
        assert sorted(each.number for each in sounds) == [0, 1, 2]
        alone = text2audio.candidates({utt_id: CAPTIONS[utt_id]}, FAST)[utt_id]
        assert [a.number for a in alone] == [b.number for b in sounds]
    assert torch.equal(text2audio(CAPTIONS, FAST)["a"], made["a"][0].wave)


def test_the_best_alone_or_all_of_them_are_returned(system):
    best = with_behaviour(system, candidates=2, keep="best").candidates(CAPTIONS, FAST)
    every = with_behaviour(system, candidates=2).candidates(CAPTIONS, FAST)
    assert {len(sounds) for sounds in best.values()} == {1}
    assert {len(sounds) for sounds in every.values()} == {2}
    assert best["a"][0].number == every["a"][0].number


def test_several_candidates_without_a_ranking_are_refused(system):
    with pytest.raises(ValueError, match="2 candidates need a ranking"):
        Text2Audio(system).candidates(CAPTIONS, FAST, 2)


def test_a_transcript_sounds_as_its_phonemes_do(speech):
    options, text2audio = SamplingOptions(steps=2, eta=0.0), Text2Audio(speech)

    def sound(caption, transcript=None):
        transcripts = {"x": transcript} if transcript else None
        return text2audio({"x": caption}, options, transcripts=transcripts)["x"]

    written = sound("a man | hello")
    assert torch.equal(sound("a man", "hello"), written)
    assert not torch.allclose(sound("a man", "bad"), written, atol=1e-3)


def test_a_request_needs_no_description_and_may_tell_the_words_of_the_given_sound(
    speech,
):
    whole = Request("x", "| hel lo")
    parts = Request("x", transcript="lo", source_transcript="hel")
    options = SamplingOptions(steps=2, eta=0.0)
    (_, first), (request, second) = Text2Audio(speech).make([whole, parts], options)
    assert torch.equal(first[0].wave, second[0].wave) and request is parts


def test_a_transcript_for_a_model_without_phonemes_is_refused(system):
    with pytest.raises(ValueError, match="transcript 'hi' was given.*no speech model"):
        Text2Audio(system)({"x": "a man"}, transcripts={"x": "hi"})


def test_conditions_are_refused_without_a_caption_or_a_place_in_the_model(system):
    text2audio, given = Text2Audio(system), {"loudness": {"a": torch.ones(4, 1)}}
    with pytest.raises(
        ValueError, match="loudness was given for .'a'., which have no cap"
    ):
        text2audio({"b": "drum"}, FAST, conditions=given)
    with pytest.raises(ValueError, match="a: condition 'loudness' .* has none"):
        text2audio({"a": "drum", "b": "rain"}, FAST, conditions=given)


def test_a_condition_called_transcript_needs_a_caption_as_any_other(system):
    given = {"transcript": {"a": torch.ones(4, 1)}}
    with pytest.raises(
        ValueError, match="transcript was given for .'a'., which have no cap"
    ):
        Text2Audio(system)({"b": "drum"}, FAST, conditions=given)


def test_a_single_caption_gives_the_sound_of_the_command(system):
    text2audio = Text2Audio(system)
    wave = text2audio("a dog barks", FAST)
    ((_, (made,)),) = text2audio.make([Request("sound", "a dog barks")], FAST)
    assert torch.equal(wave, made.wave)


def test_presets_are_options_as_the_example_gives_them(system):
    options = preset_options("fast", steps=3, seed=1)
    wave = Text2Audio(system)("a dog barks", options, seconds=0.4)
    assert wave.shape == (6400,)


@pytest.mark.parametrize("given", [["a dog"], ("a dog",), None, {"a": None}, {"a": 5}])
def test_captions_and_transcripts_are_given_by_id(system, given):
    with pytest.raises(ValueError, match="captions: got .*; give texts by id, such as"):
        Text2Audio(system)(given, FAST)
    if given:
        with pytest.raises(ValueError, match="transcripts: got .*; give texts by id"):
            Text2Audio(system)({"a": "a dog"}, FAST, transcripts=given)
    with pytest.raises(ValueError, match="transcripts: got 'a dog'; give texts by id"):
        Text2Audio(system)({"a": "a dog"}, FAST, transcripts="a dog")
