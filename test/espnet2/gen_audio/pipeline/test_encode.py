"""Requests to encoded captions: rows, transcripts, LOA sources, replaced vectors."""

from dataclasses import replace

import pytest
import torch

from espnet2.gen_audio.pipeline.edit.audio_prompt import AudioPrompt
from espnet2.gen_audio.pipeline.encode import (
    caption_of,
    encode_all,
    encode_captions,
    joined,
    planned,
    row_of,
)
from espnet2.gen_audio.pipeline.loa_source import LOASource
from espnet2.gen_audio.pipeline.options import SamplingOptions
from espnet2.gen_audio.pipeline.request import Plan, Request

OPTIONS = SamplingOptions(seed=5)


def test_a_row_has_no_padding_and_rows_join_to_the_batch_they_came_from(system):
    batch = system.encoder(["a dog barks", "drum"])
    rows = [row_of(batch, 0), row_of(batch, 1)]
    assert rows[1]["tokens"].shape == (1, 1, 8)
    again = joined(rows)
    assert again.keys() == batch.keys()
    assert all(torch.equal(again[name], batch[name]) for name in batch)


def test_a_request_without_a_seed_has_that_of_the_options(system):
    made = encode_all(
        system, [Request("a", "rain"), Request("b", "rain", seed=7)], OPTIONS
    )
    assert [each.seed for each in made] == [5, 7]


def test_loa_of_another_caption_is_predicted_from_that_caption_and_text_stays(system):
    other = Request("b", "drum", loa=LOASource(caption="a dog"))
    plain, changed = encode_all(system, [Request("a", "rain"), other], OPTIONS)
    assert plain.loa_batch["tokens"].equal(plain.batch["tokens"])
    assert changed.batch["tokens"].equal(system.encoder(["drum"])["tokens"])
    assert changed.loa_batch["tokens"].equal(system.encoder(["a dog"])["tokens"])


def test_an_loa_source_beside_the_loa_of_a_given_sound_is_refused(editor, source):
    request = Request("a", "x", task=AudioPrompt(source), loa=LOASource())
    with pytest.raises(ValueError, match="a: .* AudioPrompt uses the LOA of its"):
        planned(editor, request)


def test_an_loa_source_for_a_system_without_loa_is_refused(system):
    without = replace(system.specification, loa_factor=None)
    with pytest.raises(ValueError, match="this system has no LOA"):
        planned(
            replace(system, specification=without),
            Request("a", "x", loa=LOASource(zero=True)),
        )


def test_without_an_loa_source_the_task_decides(system):
    assert planned(system, Request("a", "x")).loa is Plan.loa


def test_a_transcript_is_read_as_phonemes_by_a_speech_model_alone(system, speech):
    request = Request("a", "a man", transcript="hello")
    assert caption_of(speech, request) == "a man | hello"
    assert caption_of(speech, replace(request, transcript=None)) == "a man"
    with pytest.raises(
        ValueError, match="transcript 'hello' was given.*no speech model"
    ):
        caption_of(system, request)


def test_words_of_the_given_sound_go_before_the_transcript(speech):
    request = Request("a", "a man", transcript="bad", source_transcript="hello ")
    assert caption_of(speech, request) == "a man | hello bad"


def test_sentence_vectors_are_replaced_by_a_draw_of_the_id(system):
    ids = [f"clip{n}" for n in range(40)]
    captions = ["a dog barks"] * len(ids)
    plain = encode_captions(system, captions, ids)["sentence"]
    behaviour = replace(system.behaviour, clap_replaced=0.3)
    replacing = replace(system, behaviour=behaviour)
    drawn = encode_captions(replacing, captions, ids)["sentence"]
    empty = system.encoder([""])["sentence"][0]
    changed = [not torch.equal(a, b) for a, b in zip(plain, drawn)]
    assert 4 < sum(changed) < 24
    assert all(torch.equal(d, empty) for d, was in zip(drawn, changed) if was)
    # whatever the order, and not at all for captions without ids
    again = encode_captions(replacing, captions, ids[::-1])["sentence"].flip(0)
    assert torch.equal(again, drawn)
    assert torch.equal(encode_captions(replacing, captions)["sentence"], plain)


def test_the_seed_of_a_request_decides_its_draws_in_any_batch(system):
    replacing = replace(system, behaviour=replace(system.behaviour, clap_replaced=0.5))
    ids = [f"clip{n}" for n in range(20)]
    requests = [Request(utt_id, "a dog", seed=n) for n, utt_id in enumerate(ids)]
    together = encode_all(replacing, requests, OPTIONS)
    for request, each in zip(requests, together):
        options = replace(OPTIONS, seed=request.seed)
        plain = replace(request, seed=None)
        (alone,) = encode_all(replacing, [plain], options)
        assert torch.equal(alone.batch["sentence"], each.batch["sentence"])


def test_loa_of_another_caption_draws_by_the_id_of_that_caption(system):
    behaviour = replace(system.behaviour, clap_replaced=0.5)
    replacing = replace(system, behaviour=behaviour)
    ids = [f"clip{n}" for n in range(20)]
    requests = [
        Request("one", "x", loa=LOASource(caption="a dog barks", utt_id=utt_id))
        for utt_id in ids
    ]
    found = [
        each.loa_batch["sentence"][0]
        for each in encode_all(replacing, requests, OPTIONS)
    ]
    wanted = encode_captions(replacing, ["a dog barks"] * 20, ids, [OPTIONS.seed] * 20)
    assert torch.equal(torch.stack(found), wanted["sentence"])
